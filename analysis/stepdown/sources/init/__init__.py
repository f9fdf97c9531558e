"""New projects from a program's own files."""
