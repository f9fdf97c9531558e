"""Weekly definitions of how much use there was."""

from stepdown.schema.declared import EndpointSpec
from stepdown.schema.weekly_kinds import in_numbers

_NOT_NEGATIVE = (
    "A due week without a usable result stays in the divisor and is not negative; a mixed week counts half."
)
_NOT_USED = "A due week without a usable result counts as one without use; a mixed week counts half."
_DROPPED = "Due weeks without a usable result are dropped; a mixed week counts half."
_POSITIVE = "A due week without a usable result counts as positive; a mixed week counts half."
_ALL = "all weeks"


def _negative(
    id: str, source: str, doi: str, *, weeks: str = _ALL, missing_rule: str = _NOT_NEGATIVE
) -> EndpointSpec:
    return in_numbers(
        id,
        kind="share",
        sentence=f"The share of weeks with a negative result, over {weeks}; 0 where there is no such week.",
        source=source,
        doi=doi,
        missing_rule=missing_rule,
    )


def _unused(
    id: str, source: str, doi: str, *, weeks: str = _ALL, missing_rule: str = _NOT_USED
) -> EndpointSpec:
    return in_numbers(
        id,
        kind="share",
        sentence=f"The share of weeks without a positive result, over {weeks}; cannot be told without one.",
        source=source,
        doi=doi,
        missing_rule=missing_rule,
    )


_MATTICK = "10.1046/j.1360-0443.2003.00335.x"
_PANI = "10.1016/s0376-8716(99)00140-4"
_LING_1998 = "10.1046/j.1360-0443.1998.9344753.x"
_LAST_SEEN = "the weeks up to the last that is not missing"
_LEFT = "the weeks that are left"

_NEGATIVE: tuple[EndpointSpec, ...] = (
    _negative("comer_2006_reduction", "Comer et al. 2006", "10.1001/archpsyc.63.2.210", weeks="weeks 1 to 8"),
    _negative("fiellin_2006_reduction", "Fiellin et al. 2006", "10.1056/nejmoa055255"),
    _negative("johnson_1992_reduction", "Johnson, Jaffe, Fudala 1992", "10.1001/jama.1992.03480200058024"),
    _negative("pani_2000_reduction_b", "Pani et al. 2000", _PANI),
    _negative(
        "haight_2019_reduction", "Haight et al. 2019", "10.1016/S0140-6736(18)32259-1", weeks="weeks 5 to 15"
    ),
    _negative("ling_2010_reduction", "Ling et al. 2010", "10.1001/jama.2010.1427", weeks="weeks 1 to 15"),
    _negative("mattick_2003_reduction_b", "Mattick et al. 2003", _MATTICK, weeks="weeks 1 to 13"),
    _negative(
        "preston_2000_reduction", "Preston et al. 2000", "10.1001/archpsyc.57.4.395", weeks="weeks 1 to 13"
    ),
    _negative("strang_2019_reduction", "Strang et al. 2019", "10.3310/hta23030", weeks="weeks 1 to 12"),
    _negative("mattick_2003_reduction_a", "Mattick et al. 2003", _MATTICK, weeks=_LAST_SEEN),
    _negative(
        "tanum_2017_reduction", "Tanum et al. 2017", "10.1001/jamapsychiatry.2017.3206", weeks=_LAST_SEEN
    ),
    _negative(
        "fudala_2003_reduction",
        "Fudala et al. 2003",
        "10.1056/nejmoa022164",
        weeks=_LEFT,
        missing_rule=_DROPPED,
    ),
    _negative("pani_2000_reduction_a", "Pani et al. 2000", _PANI, weeks=_LEFT, missing_rule=_DROPPED),
    _negative(
        "schottenfeld_2005_reduction",
        "Schottenfeld et al. 2005",
        "10.1176/appi.ajp.162.2.340",
        weeks=_LEFT,
        missing_rule=_DROPPED,
    ),
    _negative(
        "wolstein_2009_reduction",
        "Wolstein et al. 2009",
        "10.1055/s-0028-1083818",
        weeks=_LEFT,
        missing_rule=_DROPPED,
    ),
    _negative(
        "ling_1998_reduction_a",
        "Ling et al. 1998",
        _LING_1998,
        weeks="the first 15 of the weeks that are left",
        missing_rule=_DROPPED,
    ),
    _negative(
        "lofwall_2018_reduction",
        "Lofwall et al. 2018",
        "10.1001/jamainternmed.2018.1052",
        weeks="weeks 1 to 15, where weeks 8, 10, 12 and 14 take the result of the week before them",
        missing_rule=_POSITIVE,
    ),
)

_UNUSED: tuple[EndpointSpec, ...] = (
    _unused("strain_1994_reduction", "Strain et al. 1994", "10.1176/ajp.151.7.1025"),
    _unused("strain_1999_reduction", "Strain et al. 1999", "10.1001/jama.281.11.1000"),
    _unused("shufman_1994_reduction", "Shufman et al. 1994", "10.1016/0006-3223(94)91240-8"),
    _unused(
        "strain_1996_reduction",
        "Strain et al. 1996",
        "10.1097/00004714-199602000-00010",
        weeks=_LEFT,
        missing_rule=_DROPPED,
    ),
    _unused(
        "soyka_2008_reduction",
        "Soyka et al. 2008",
        "10.1017/S146114570700836X",
        weeks=_LEFT,
        missing_rule=_DROPPED,
    ),
    _unused(
        "strain_1993_reduction",
        "Strain et al. 1993",
        "10.7326/0003-4819-119-1-199307010-00004",
        weeks="weeks 6 to 15",
    ),
    _unused(
        "petitjean_2001_reduction",
        "Petitjean et al. 2001",
        "10.1016/S0376-8716(00)00163-0",
        missing_rule=_POSITIVE,
    ),
    _unused(
        "woody_2008_reduction",
        "Woody et al. 2008",
        "10.1001/jama.2008.574",
        weeks="weeks 4, 8 and 12",
        missing_rule=_POSITIVE,
    ),
)

_OTHERS: tuple[EndpointSpec, ...] = (
    in_numbers(
        "jaffe_1972_reduction",
        kind="share",
        sentence=("The share of weeks with a negative result; 0 where every week from week 8 on is missing."),
        source="Jaffe et al. 1972",
        doi="10.1001/jama.1972.03210040013004",
        missing_rule=(
            "A due week without a usable result takes the client's more frequent one (a mixed week counted "
            "as positive, and a tie too); a mixed week counts half."
        ),
    ),
    in_numbers(
        "kosten_1993_reduction_b",
        kind="binary",
        sentence="At least seven tenths of the first 15 of the weeks that are left are negative.",
        source="Kosten et al. 1993",
        doi="10.1097/00005053-199306000-00004",
        missing_rule=_DROPPED,
    ),
    in_numbers(
        "strang_2010_reduction",
        kind="binary",
        sentence="At least half of the last 12 weeks are negative.",
        source="Strang et al. 2010",
        doi="10.1016/S0140-6736(10)60349-2",
        missing_rule=_NOT_NEGATIVE,
    ),
    in_numbers(
        "eissenberg_1997_reduction",
        kind="binary",
        sentence=(
            "Four weeks in a row with a negative result in weeks 1 to 15, by a client for whom week 15 or "
            "a later one is not missing."
        ),
        source="Eissenberg et al. 1997",
        doi="10.1001/jama.1997.03540480045037",
        missing_rule=(
            "A single missing week between two negative ones counts as negative. Any other counts as neither "
            "positive nor negative, and so does a mixed week."
        ),
    ),
    in_numbers(
        "ling_1998_reduction_c",
        kind="count",
        sentence="The number of weeks with a negative result in weeks 1 to 15.",
        source="Ling et al. 1998",
        doi=_LING_1998,
        missing_rule="A due week without a usable result does not count; a mixed week counts half.",
    ),
    in_numbers(
        "zaks_1972_reduction",
        kind="count",
        sentence="The number of weeks without a positive result, over the weeks that are left.",
        source="Zaks et al. 1972",
        doi="10.1001/jama.1972.03200060039005",
        missing_rule=_DROPPED,
    ),
)

REDUCTION: tuple[EndpointSpec, ...] = (*_NEGATIVE, *_UNUSED, *_OTHERS)
