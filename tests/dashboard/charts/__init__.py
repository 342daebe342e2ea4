"""Mirrors dashboard/charts/."""
