"""Stored events become answers and pages."""
