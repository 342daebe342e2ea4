"""Mirrors dashboard/stats/."""
