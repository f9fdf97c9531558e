"""What each weekly definition of the amount of use makes of words, by id."""

from collections.abc import Mapping
from functools import partial

from stepdown.cohort.relapse.weekly import use_amounts as use
from stepdown.cohort.relapse.weekly.recoding import Missing
from stepdown.cohort.relapse.weekly.weekly_definition import Definition, Value


def _read(rule: Value, missing: Missing = "kept") -> Definition:
    return Definition(rule=rule, missing=missing, mixed="kept")


REDUCTION: Mapping[str, Definition] = {
    "comer_2006_reduction": _read(partial(use.negative_share, last=8)),
    "fiellin_2006_reduction": _read(use.negative_share),
    "johnson_1992_reduction": _read(use.negative_share),
    "pani_2000_reduction_b": _read(use.negative_share),
    "haight_2019_reduction": _read(partial(use.negative_share, first=5, last=15)),
    "ling_2010_reduction": _read(partial(use.negative_share, last=15)),
    "mattick_2003_reduction_b": _read(partial(use.negative_share, last=13)),
    "preston_2000_reduction": _read(partial(use.negative_share, last=13)),
    "strang_2019_reduction": _read(partial(use.negative_share, last=12)),
    "mattick_2003_reduction_a": _read(use.negative_share_while_seen),
    "tanum_2017_reduction": _read(use.negative_share_while_seen),
    "fudala_2003_reduction": _read(use.negative_share, "dropped"),
    "pani_2000_reduction_a": _read(use.negative_share, "dropped"),
    "schottenfeld_2005_reduction": _read(use.negative_share, "dropped"),
    "wolstein_2009_reduction": _read(use.negative_share, "dropped"),
    "ling_1998_reduction_a": _read(partial(use.negative_share, last=15), "dropped"),
    "lofwall_2018_reduction": _read(use.thinned_negative_share, "positive"),
    "strain_1994_reduction": _read(use.unused_share),
    "strain_1999_reduction": _read(use.unused_share),
    "shufman_1994_reduction": _read(use.unused_share),
    "strain_1996_reduction": _read(use.unused_share, "dropped"),
    "soyka_2008_reduction": _read(use.unused_share, "dropped"),
    "strain_1993_reduction": _read(partial(use.unused_share, first=6, last=15)),
    "petitjean_2001_reduction": _read(use.unused_share, "positive"),
    "woody_2008_reduction": _read(partial(use.unused_share, first=4, last=12, step=4), "positive"),
    "jaffe_1972_reduction": _read(use.filled_by_habit),
    "kosten_1993_reduction_b": _read(use.seven_tenths_negative, "dropped"),
    "strang_2010_reduction": _read(use.half_negative_at_the_end),
    "eissenberg_1997_reduction": _read(use.clean_month_of_the_retained),
    "ling_1998_reduction_c": _read(partial(use.negative_weeks, last=15)),
    "zaks_1972_reduction": _read(use.unused_weeks, "dropped"),
}
