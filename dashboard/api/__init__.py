"""What programs ask, with a key, and get as JSON."""
