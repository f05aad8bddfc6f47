"""Ring 1: sound files and sound devices, with the threads and processes they need."""
