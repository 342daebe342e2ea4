"""What is sent to people: who receives which report, and what waits to be sent."""
