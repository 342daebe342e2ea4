"""Numbers -> SVG, pure."""
