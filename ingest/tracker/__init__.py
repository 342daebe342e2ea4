"""The tracker: one source, and the scripts made of it."""
