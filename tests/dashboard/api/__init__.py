"""Mirrors dashboard/api."""
