"""Ring 3: commands in, events out. Joins rings 0 to 2; runs in-process or as a child process."""
