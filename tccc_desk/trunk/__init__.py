"""Ring 2: what a trunk is, how it registers and what state it is in. No sockets, no Qt."""
