"""Numbers become SVG, in pure functions."""
