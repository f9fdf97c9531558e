"""Can this be trusted? What each gate and check found of each comparison."""
