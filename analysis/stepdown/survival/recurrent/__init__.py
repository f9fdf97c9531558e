"""Events that may happen more than once."""
