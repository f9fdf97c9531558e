"""Release rules on the way out: hidden counts, rounded numbers, and what was published before."""

from stepdown.disclosure.count_tables import CountTable, count_table
from stepdown.disclosure.differencing import ReleaseCheck, check_release, record_release
from stepdown.disclosure.fitting_counts import (
    CONTRASTS,
    QUANTITIES,
    PrintedNumber,
    finest_step,
    fits,
    fits_contrast,
    leaves_open,
    round_to,
    wilson,
)
from stepdown.disclosure.release_ledger import Ledger, Release, is_recorded, read_ledger
from stepdown.disclosure.rounded_counts import RoundedRisk, rounded_curve, rounded_risk
from stepdown.disclosure.suppression import Suppression, audit, suppress

__all__ = [
    "CONTRASTS",
    "QUANTITIES",
    "CountTable",
    "Ledger",
    "PrintedNumber",
    "Release",
    "ReleaseCheck",
    "RoundedRisk",
    "Suppression",
    "audit",
    "check_release",
    "count_table",
    "finest_step",
    "fits",
    "fits_contrast",
    "is_recorded",
    "leaves_open",
    "read_ledger",
    "record_release",
    "round_to",
    "rounded_curve",
    "rounded_risk",
    "suppress",
    "wilson",
]
