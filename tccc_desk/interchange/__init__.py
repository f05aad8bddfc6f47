"""Ring 2: other systems' configuration, read with suspicion and written with every value explained."""
