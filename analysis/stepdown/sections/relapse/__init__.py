"""Relapse: risks, curves, rates and comparisons."""
