"""Curves by arm, and the measures that they give."""
