"""Why the simple comparison misleads."""
