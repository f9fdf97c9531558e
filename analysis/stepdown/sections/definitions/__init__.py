"""The study under every definition of relapse."""
