"""Ring 1: the only sockets. Resolver, signalling flows, media ports."""
