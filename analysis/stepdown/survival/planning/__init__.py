"""Sizes and power of comparisons, and what a comparison rules out."""
