"""Results pooled over imputations."""
