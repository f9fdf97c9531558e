"""Page one: what a board member or a state agency reads first, on one printed page."""
