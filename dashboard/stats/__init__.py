"""Queries become plans, SQL and rows. Nothing here depends on HTTP or HTML."""
