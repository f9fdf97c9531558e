"""Worlds that are solved to a cited figure, and the people drawn from them."""
