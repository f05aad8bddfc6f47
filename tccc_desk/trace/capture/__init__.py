"""Somebody else's capture or pasted text, read into entries of the signalling log."""
