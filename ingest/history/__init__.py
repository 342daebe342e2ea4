"""Import of past events from files, through the same visit rules as live events."""
