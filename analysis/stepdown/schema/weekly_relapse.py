"""Weekly definitions of relapse and of dropout."""

from stepdown.schema.declared import EndpointSpec
from stepdown.schema.weekly_kinds import in_time

RELAPSE: tuple[EndpointSpec, ...] = (
    in_time(
        "ctn0094_relapse",
        sentence="The first four weeks in a row with a positive result.",
        source="CTN-0094 team; the rule of Luo et al. 2024, who end it at week 12",
        doi="10.1001/jamapsychiatry.2023.3596",
        onset="The first of the four weeks.",
    ),
    in_time(
        "ctn0094_dropout",
        sentence="The first four weeks in a row with a result due and none obtained: dropout, not use.",
        source="CTN-0094 team, as described by Odom et al. 2023",
        doi="10.1371/journal.pone.0291248",
        onset="The first of the four weeks.",
        missing_rule="Missing weeks are what is counted.",
        others=(),
        needs=("weekly_urine", "due"),
        relapse=False,
    ),
    in_time(
        "johnson_1992",
        sentence=(
            "Two weeks in a row with a positive result, from week 4 on. A word that ends sooner has no event."
        ),
        source="Johnson, Jaffe, Fudala 1992 (whether it happened; the week is this project's reading)",
        doi="10.1001/jama.1992.03480200058024",
        onset="The first of the two weeks.",
    ),
    in_time(
        "krupitsky_2004",
        sentence="Three weeks in a row with a positive result. A word that is shorter has no event.",
        source="Krupitsky et al. 2004 (whether it happened; the week is this project's reading)",
        doi="10.1016/j.jsat.2004.02.002",
        onset="The first of the three weeks.",
    ),
    in_time(
        "lee_2016",
        sentence=(
            "The first four weeks in a row of which two or more have a positive result (in the paper: ten or "
            "more days of use in 28, a positive urine counting as five)."
        ),
        source="Lee et al. 2016",
        doi="10.1056/nejmoa1505409",
        onset="The third of the four weeks, as in the source, whichever of them are positive.",
    ),
    in_time(
        "lee_2018",
        sentence=(
            "The first four weeks in a row with a positive result, the first two weeks left out (in the "
            "paper: from day 21, and also by self-report)."
        ),
        source="Lee et al. 2018, trial CTN-0051",
        doi="10.1016/S0140-6736(17)32812-X",
        onset="The first of the four weeks.",
    ),
    in_time(
        "schottenfeld_2008_relapse",
        sentence=(
            "The first three weeks in a row with a positive result (in the paper: three urine tests in a "
            "row, at three a week)."
        ),
        source="Schottenfeld et al. 2008",
        doi="10.1016/S0140-6736(08)60954-X",
        onset="The first of the three weeks.",
    ),
)
