"""Ring 2: what was seen on the wire, redacted at birth. No sockets, no Qt."""
