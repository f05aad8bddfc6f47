"""Ring 2: finding ids and what evidence leads to them. No sockets, no Qt."""
