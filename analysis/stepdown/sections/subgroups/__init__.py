"""For whom: the effect of the primary comparison in subgroups, by dose of care, and against a margin."""
