"""Pseudo-observations."""
