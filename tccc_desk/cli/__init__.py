"""Ring 4: the command line."""
