"""The sections of a report, independent of each other."""
