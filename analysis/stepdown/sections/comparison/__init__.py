"""Who was compared: characteristics of the groups, who left before, and what became of everybody."""
