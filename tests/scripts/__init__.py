"""Mirrors scripts/."""
