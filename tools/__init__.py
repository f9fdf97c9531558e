"""Tools of the developers: timings, generated pages, agreement with R. Not part of the wheel."""
