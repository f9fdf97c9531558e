"""Completeness of follow-up."""
