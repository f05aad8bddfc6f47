"""The log handed over: capture, text, tables, pictures, a replay, and the support bundle."""
