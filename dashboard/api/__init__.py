"""The HTTP APIs: JSON answers for clients with an API key."""
