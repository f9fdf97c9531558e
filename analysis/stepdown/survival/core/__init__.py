"""What every estimator shares: checked samples, the day grid, intervals, influence functions."""
