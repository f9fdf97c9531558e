"""Figures: they see results and nothing else."""
