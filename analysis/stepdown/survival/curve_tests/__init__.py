"""Tests that arms have the same curve."""
