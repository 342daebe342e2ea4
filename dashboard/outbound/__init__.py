"""Requests to servers that people name: checked addresses, limits on time and size."""
