"""Columns of a file mapped to canonical columns."""
