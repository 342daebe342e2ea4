"""Mirrors dashboard/."""
