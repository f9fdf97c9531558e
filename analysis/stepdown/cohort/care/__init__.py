"""Levels of care: stays joined into episodes, sessions into spells, and the level of each client on a day."""

from stepdown.cohort.care.asam_levels import adolescents, asam_labels
from stepdown.cohort.care.care_spells import rolling_hours, spells, weekly_hours
from stepdown.cohort.care.client_days import client_days
from stepdown.cohort.care.episodes import Episodes, gap_sensitivity, join_stays, still_in_care
from stepdown.cohort.care.level_calendar import STEP_DOWN_LEVELS, care_history
from stepdown.cohort.care.received_care import ReceivedCare, received_care
from stepdown.cohort.care.state_rows import OCCUPANCY, CareRows, care_rows, occupancy, state_rows
from stepdown.cohort.care.step_down import level_start_times, levels_started, path_frequencies

__all__ = [
    "OCCUPANCY",
    "STEP_DOWN_LEVELS",
    "CareRows",
    "Episodes",
    "ReceivedCare",
    "adolescents",
    "asam_labels",
    "care_history",
    "care_rows",
    "client_days",
    "gap_sensitivity",
    "join_stays",
    "level_start_times",
    "levels_started",
    "occupancy",
    "path_frequencies",
    "received_care",
    "rolling_hours",
    "spells",
    "state_rows",
    "still_in_care",
    "weekly_hours",
]
