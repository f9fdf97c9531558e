"""Shares in several states."""
