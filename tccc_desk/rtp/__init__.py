"""Ring 0: RTP and RTCP packets, G.711, telephone-event, statistics (RFC 3550, 3551, 4733). Pure."""
