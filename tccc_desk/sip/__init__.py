"""Ring 0: SIP messages, digest, transactions and dialogs (RFC 3261). Pure."""
