"""Ring 2: files and secrets of this user. Knows neither SIP nor Qt."""
