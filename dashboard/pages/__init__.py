"""What people open in a browser, rendered on the server."""
