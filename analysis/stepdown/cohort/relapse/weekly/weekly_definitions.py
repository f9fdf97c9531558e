"""What each weekly definition of the registry makes of words: its recoding and its rule, by id.

The facts are those of the library of weekly endpoints described in Odom et al. 2023
(doi:10.1371/journal.pone.0291248), worked out anew; sources of each rule stand in the registry.
"""

from collections.abc import Mapping
from functools import partial

from stepdown.cohort.relapse.weekly import pattern_rules as rules
from stepdown.cohort.relapse.weekly.pattern_rules import Window
from stepdown.cohort.relapse.weekly.urine_patterns import MISSING, POSITIVE
from stepdown.cohort.relapse.weekly.weekly_definition import Definition
from stepdown.cohort.relapse.weekly.weekly_definitions_use import REDUCTION

DEFINITIONS: Mapping[str, Definition] = {
    "ctn0094_relapse": Definition(rule=Window(mark=POSITIVE, width=4, least=4)),
    "ctn0094_dropout": Definition(rule=Window(mark=MISSING, width=4, least=4), missing="kept", mixed="kept"),
    "johnson_1992": Definition(rule=Window(mark=POSITIVE, width=2, least=2, first=4, whole=False)),
    "krupitsky_2004": Definition(rule=Window(mark=POSITIVE, width=3, least=3, whole=False)),
    "lee_2016": Definition(rule=Window(mark=POSITIVE, width=4, least=2)),
    "lee_2018": Definition(rule=Window(mark=POSITIVE, width=4, least=4, first=3)),
    "schottenfeld_2008_relapse": Definition(rule=Window(mark=POSITIVE, width=3, least=3)),
    "mokri_2016": Definition(rule=Window(mark=POSITIVE, width=1, least=1)),
    "schottenfeld_2008_abstinence_a": Definition(rule=Window(mark=POSITIVE, width=1, least=1)),
    "shufman_1994": Definition(rule=Window(mark=POSITIVE, width=1, least=1), missing="negative"),
    "schottenfeld_2008_abstinence_b": Definition(rule=rules.longest_run),
    "schottenfeld_2005": Definition(rule=rules.longest_run, missing="dropped"),
    "kosten_1993": Definition(rule=partial(rules.has_run, length=3), missing="kept", mixed="kept"),
    "ling_1998": Definition(rule=partial(rules.has_run, length=4), missing="kept", mixed="kept"),
    "fiellin_2006": Definition(rule=rules.negatives),
    "krupitsky_2011_a": Definition(rule=partial(rules.never_positive, first=5, last=15)),
    "krupitsky_2011_b": Definition(rule=partial(rules.negatives, first=5, last=15)),
    "lofwall_2018": Definition(rule=rules.mostly_negative),
    "weiss_2011": Definition(rule=rules.negative_at_the_end),
    "ctn0094_abstinence": Definition(rule=rules.four_weeks_of_abstinence, missing="kept"),
    "schwartz_2006": Definition(rule=partial(rules.negative_at, week=15), missing="kept", mixed="kept"),
    **REDUCTION,
}
