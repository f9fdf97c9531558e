"""Weekly definitions of abstinence."""

from stepdown.schema.declared import EndpointSpec
from stepdown.schema.weekly_kinds import AS_IT_IS, OTHER_RULES, in_numbers, in_time

ABSTINENCE: tuple[EndpointSpec, ...] = (
    in_time(
        "mokri_2016",
        sentence="The first week with a positive result.",
        source="Mokri et al. 2016",
        doi="10.1111/add.13259",
        onset="That week.",
    ),
    in_time(
        "schottenfeld_2008_abstinence_a",
        sentence="The first week with a positive result (the same rule as mokri_2016).",
        source="Schottenfeld et al. 2008",
        doi="10.1016/S0140-6736(08)60954-X",
        onset="That week.",
    ),
    in_time(
        "shufman_1994",
        sentence="The first week with a positive result, missing weeks read as negative.",
        source="Shufman et al. 1994",
        doi="10.1016/0006-3223(94)91240-8",
        onset="That week.",
        missing_rule=(
            "A due week without a usable result counts as negative, so absence is read as abstinence; a "
            "mixed week counts as positive."
        ),
        others=("positive", *OTHER_RULES),
    ),
    in_numbers(
        "schottenfeld_2008_abstinence_b",
        kind="count",
        sentence="The longest run of weeks with a negative result.",
        source="Schottenfeld et al. 2008",
        doi="10.1016/S0140-6736(08)60954-X",
    ),
    in_numbers(
        "schottenfeld_2005",
        kind="count",
        sentence="The longest run of weeks with a negative result, over the weeks with a result.",
        source="Schottenfeld et al. 2005",
        doi="10.1176/appi.ajp.162.2.340",
        missing_rule=(
            "Due weeks without a usable result are dropped, so a run may reach across them; a mixed week "
            "counts as positive."
        ),
    ),
    in_numbers(
        "kosten_1993",
        kind="binary",
        sentence="Three weeks in a row with a negative result.",
        source="Kosten et al. 1993",
        doi="10.1097/00005053-199306000-00004",
        missing_rule=AS_IT_IS,
    ),
    in_numbers(
        "ling_1998",
        kind="binary",
        sentence=(
            "Four weeks in a row with a negative result (in the paper: 13 urine tests in a row, at three "
            "a week)."
        ),
        source="Ling et al. 1998",
        doi="10.1046/j.1360-0443.1998.9344753.x",
        missing_rule=AS_IT_IS,
    ),
    in_numbers(
        "fiellin_2006",
        kind="count",
        sentence="The number of weeks with a negative result.",
        source="Fiellin et al. 2006",
        doi="10.1056/nejmoa055255",
    ),
    in_numbers(
        "krupitsky_2011_a",
        kind="binary",
        sentence=(
            "No week with a positive result in weeks 5 to 15 (in the paper: 5 to 24); cannot be told where "
            "nothing was due in any of them."
        ),
        source="Krupitsky et al. 2011",
        doi="10.1016/S0140-6736(11)60358-9",
    ),
    in_numbers(
        "krupitsky_2011_b",
        kind="count",
        sentence="The number of weeks with a negative result in weeks 5 to 15 (in the paper: 5 to 24).",
        source="Krupitsky et al. 2011",
        doi="10.1016/S0140-6736(11)60358-9",
    ),
    in_numbers(
        "lofwall_2018",
        kind="binary",
        sentence=(
            "Negative in at least two thirds of weeks 5 to 7, in week 8, and in at least five sixths of "
            "weeks 9 to 15, where weeks 8, 10, 12 and 14 take the result of the week before them (in the "
            "paper: 24 weeks)."
        ),
        source="Lofwall et al. 2018",
        doi="10.1001/jamainternmed.2018.1052",
    ),
    in_numbers(
        "weiss_2011",
        kind="binary",
        sentence=(
            "The last week is negative and at most one of the three weeks before it positive; cannot be told "
            "from fewer than four weeks."
        ),
        source="Weiss et al. 2011, trial CTN-0030",
        doi="10.1001/archgenpsychiatry.2011.121",
    ),
    in_numbers(
        "ctn0094_abstinence",
        kind="binary",
        sentence="Weeks 12 to 15 are negative, but that one of them may be missing.",
        source="CTN-0094 team, as described by Odom et al. 2023",
        doi="10.1371/journal.pone.0291248",
        missing_rule="One due week without a usable result is let pass; a mixed week counts as positive.",
    ),
    in_numbers(
        "schwartz_2006",
        kind="binary",
        sentence="Week 15 is negative.",
        source="Schwartz et al. 2006",
        doi="10.1001/archpsyc.63.1.102",
        missing_rule=AS_IT_IS,
    ),
)
