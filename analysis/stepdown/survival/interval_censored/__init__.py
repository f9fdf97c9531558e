"""Times known only to lie in an interval."""
