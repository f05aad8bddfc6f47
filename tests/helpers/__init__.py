"""Real peers and other fixtures for the tests; each is typed, bounded, and ends only what it started."""
