"""When clients relapsed: daily and weekly definitions."""
