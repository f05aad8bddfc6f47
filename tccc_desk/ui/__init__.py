"""Ring 4: the window."""
