"""Levels of care after time zero."""
