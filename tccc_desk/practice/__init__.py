"""Ring 3: the practice gateway, a TCCC-like registrar and proxy on loopback."""
