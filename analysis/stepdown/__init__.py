"""How fast people relapse after residential treatment, and whether a continuum of care changes that."""
