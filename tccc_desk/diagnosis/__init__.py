"""Ring 2: what was seen, judged against the provider's document. Pure: no socket, no clock, no Qt."""
