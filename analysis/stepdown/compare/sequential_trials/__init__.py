"""Sequential trials: a target trial started on each day of the grace period, all pooled."""

from stepdown.compare.sequential_trials.person_trials import PersonTrials, person_trials
from stepdown.compare.sequential_trials.trial_comparison import compare_sequential_trials

__all__ = ["PersonTrials", "compare_sequential_trials", "person_trials"]
