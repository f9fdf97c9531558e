"""What each column of the table of results means, in one sentence."""

from collections.abc import Mapping

COLUMN_MEANINGS: Mapping[str, str] = {
    "analysis": "Which analysis the number belongs to; empty for the selection of discharges and follow-up.",
    "population": "Whom an adjusted number is about; empty where it is not adjusted.",
    "variant": "What differs from the estimate that the report shows; empty for the estimate itself.",
    "endpoint": "Definition of relapse, or quality measure, with its version.",
    "estimand": "The quantity that is estimated or counted.",
    "cause": "Event: relapse, death or incarceration.",
    "arm": "Group; of a contrast, the group that is compared.",
    "reference": "Of a contrast, the group that it is compared with.",
    "term": "Part of the quantity: step of the selection, characteristic, state, check or reason.",
    "quarter": "Calendar quarter of discharge.",
    "site": "Site, by its code in the data.",
    "subgroup": "Characteristic whose value makes a subgroup.",
    "level": "Value of `term` or `subgroup`; of a definition, the rule for missed contacts.",
    "time": "Day since day 0 by which, or on which, the number holds.",
    "window_start": "First day that is left out of the period: 30 of days 31-90.",
    "window_end": "Last day of the period.",
    "bound": "Which end of a range, where only intervals are known: lowest or highest.",
    "statistic": "Which number of the quantity: estimate, curve, difference, ratio and others.",
    "unit": "Unit of the estimate and of its interval; a probability runs from 0 to 1.",
    "method": "Estimator.",
    "estimate": "The number.",
    "std_error": "Its standard error, in the same unit.",
    "conf_low": "Lower limit of the confidence interval.",
    "conf_high": "Upper limit of the confidence interval.",
    "n": "Discharges that the number rests on; of a curve or a rate, those at risk.",
    "events": "Events that it rests on; of a curve, those on the day itself.",
    "note_code": "Code of the caution that belongs to the number.",
    "note": "Reason or caution in words.",
    "status": "Whether the number is shown, shown with a warning, or left out.",
    "status_reason": "Why the status is not `shown`.",
}
"""Meaning of each column of `Results.table`, in the order of the columns."""
