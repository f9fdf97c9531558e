"""Cox regression."""
