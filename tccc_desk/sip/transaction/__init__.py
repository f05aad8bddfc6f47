"""The four transactions of RFC 3261 section 17, corrected by RFC 6026, as total tables."""
