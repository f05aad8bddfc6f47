"""Ring 2: every user-visible sentence by id, in English and Simplified Chinese."""
