"""Levels of care: stays joined into episodes, sessions into spells, and the level of each client on a day."""

from stepdown.cohort.care.asam_levels import adolescents, asam_labels
from stepdown.cohort.care.care_spells import rolling_hours, spells, weekly_hours
from stepdown.cohort.care.client_days import client_days
from stepdown.cohort.care.episodes import Stitched, still_in_care, stitch, stitch_sensitivity
from stepdown.cohort.care.state_rows import OCCUPANCY, CareRows, care_rows, occupancy, state_rows
from stepdown.cohort.care.step_down import RUNGS, ladder_reached, path_frequencies, rung_times

__all__ = [
    "OCCUPANCY",
    "RUNGS",
    "CareRows",
    "Stitched",
    "adolescents",
    "asam_labels",
    "care_rows",
    "client_days",
    "ladder_reached",
    "occupancy",
    "path_frequencies",
    "rolling_hours",
    "rung_times",
    "spells",
    "state_rows",
    "still_in_care",
    "stitch",
    "stitch_sensitivity",
    "weekly_hours",
]
