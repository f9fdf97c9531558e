"""Smoothed hazards."""
