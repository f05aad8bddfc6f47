"""The composition root of the window."""
