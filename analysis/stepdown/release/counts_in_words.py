"""The counts of a refused release in the words of its report, by section; never their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepdown.results import Analysis

_LINES = 10
"""Lines of a message at most."""
_MORE = re.compile(r", (?=[a-z_]+=)")
_SECTIONS: Mapping[str, str] = {
    "flow": "Discharges included",
    "measure": "Quality measures",
    "reason_for_leaving": "Quality measures",
    "series": "Quarter by quarter",
    "visit": "Follow-up completeness",
    "follow_up_rate": "Follow-up completeness",
    "outcome_known": "Follow-up completeness",
    "contact_difference": "Follow-up completeness",
    "followup_length": "Follow-up completeness",
    "followed": "Follow-up completeness",
    "observable": "Follow-up completeness",
    "characteristic": "Who was compared",
    "step_down_extent": "Care after discharge",
    "level_started": "Care after discharge",
    "care_started": "Care after discharge",
    "path": "Care after discharge",
}
_ANALYSES: Mapping[str, str] = {
    "sites": "Site by site",
    "definitions": "Does the conclusion depend on the definition of relapse?",
    "definitions_compared": "Does the conclusion depend on the definition of relapse?",
    "subgroups": "For whom?",
    "sensitivity": "What would change the answer?",
}
_STATES: Mapping[str, str] = {
    "contacted": "contacted",
    "out_of_window": "contacted outside the visit's window",
    "relapsed": "with an earlier relapse",
    "dead": "who had died",
    "incarcerated": "who were in custody",
    "refused": "who refused",
    "lost": "lost to follow-up",
    "missed": "who missed the contact",
    "not_due": "not yet due",
}
_RISKS = ("risk", "window_risk", "conditional_risk", "rate", "rmst", "share_of_events_by", "risk_bound")
_OTHERS, _OTHERS_BY_TERM = "those counted in “{estimand}”", "those counted in “{estimand}”, {term}"
# By estimand, and whether those left out by a step, or those with an event, are counted.
_WORDS: Mapping[tuple[str, bool], str] = {
    ("flow", True): "discharges left out by the step “{term}”",
    ("flow", False): "discharges kept after the step “{term}”",
    ("risk", True): "people with {word} by day {day}",
    ("risk", False): "people followed for {word} up to day {day}",
    ("visit", True): "people {state} at day {day}",
    ("visit", False): "people at day {day}",
    ("outcome_known", True): "people with outcome known at day {day}",
    ("outcome_known", False): "people whose outcome could be known at day {day}",
    ("follow_up_rate", True): "people with outcome known at day {day}",
    ("follow_up_rate", False): "people whose outcome could be known at day {day}",
    ("observable", True): "people with {day} days before the data cut",
    ("observable", False): "people who were followed",
    ("characteristic", True): "people by “{term}{value}”",
    ("characteristic", False): "people by “{term}{value}”",
    ("contact_difference", False): "people by “{term}{value}”",
    ("case_mix", True): "people by “{term}”",
    ("level_started", True): "people who started {term} by day {day}",
    ("level_started", False): "people who could start {term} by day {day}",
    ("care_started", True): "people who started {term} by day {day}",
    ("care_started", False): "people who could start {term} by day {day}",
    ("step_down_extent", True): "people by step-down: {term}",
    ("step_down_extent", False): "people who could step down",
    ("path", True): "people on the path “{term}”",
    ("followed", False): "people lost to follow-up, or never followed",
    ("followup_length", False): "people who were followed",
    ("strategy_followed", False): "people who followed the plan",
    ("reason_for_leaving", True): "people by reason for leaving: {term}",
}
_WITHOUT, _COUNTED = " beside ", "those counted"
_CODES: Mapping[str, str] = {
    "true": "yes", "false": "no", "none": "not at all", "php": "PHP", "iop": "IOP", "op": "outpatient care",
    "iop or php": "IOP or PHP",
}  # fmt: skip


@dataclass(frozen=True)
class CountInWords:
    """What a count is called in the report.

    Attributes
    ----------
    section : str
        Title of the section that has it.
    words : str
        Whom it counts.
    """

    section: str
    words: str


def count_in_words(name: str, analysis: Analysis) -> CountInWords:
    """Return a count of a release in words.

    Parameters
    ----------
    name : str
        As the check of a release names it: "change of ... since 2026Q1", "... in 2026Q1", or a count itself.
    analysis : Analysis
        The report that has it.
    """
    name, when = _when(name)
    name, _, beside = name.partition(_WITHOUT)
    keys_text, _, what = name.rpartition(": ")
    keys = dict(part.split("=", 1) for part in _MORE.split(keys_text) if "=" in part)
    if not keys:
        kind = name.split(" ")[0].replace("_", " ")
        return CountInWords("Other numbers", f"a {kind} that the list of releases has by a code{when}")
    estimand = keys.get("estimand", "")
    section = _SECTIONS.get(estimand) or _ANALYSES.get(keys.get("analysis", ""))
    if section is None:
        section = "Comparison of groups" if keys.get("arm") else "Risk of relapse over time"
    if beside == _COUNTED:
        whom = f"everyone but {_whom(keys, 'events', analysis)}"
    else:
        whom = f"{'the rest of ' if beside else ''}{_whom(keys, what, analysis)}"
    return CountInWords(section, f"{whom}{_which(keys, analysis)}{when}")


def _when(name: str) -> tuple[str, str]:
    found = re.fullmatch(r"change of (.*) since (\S+)", name, re.DOTALL)
    if found:
        return found[1], f": change since {_report(found[2])}"
    found = re.fullmatch(r"(.*: [\w ]+|\w+ [0-9a-f]{16}.*) in (\S+)", name, re.DOTALL)
    return (found[1], f": in {_report(found[2])}") if found else (name, "")


def _report(release: str) -> str:
    return "the report of all quarters" if release == "all" else f"the report of {release}"


def _whom(keys: Mapping[str, str], what: str, analysis: Analysis) -> str:
    estimand, term, day = keys.get("estimand", ""), keys.get("term", ""), keys.get("time", "")
    removed = keys.get("statistic") == "removed"
    met = what == "events" or keys.get("statistic") == "count"
    if estimand in ("measure", "series"):
        labels = {one.name: one.label for one in analysis.wording.measures}
        measure = labels.get(keys.get("endpoint", "") if estimand == "measure" else term)
        if measure and removed:
            return f"those left out of “{measure}”: {term}"
        if measure:
            within = f" within {day} days" if day not in ("", "0") else ""
            return f"those who {'met' if met else 'count in'} “{measure}”{within}"
    kind = "risk" if estimand in _RISKS or estimand == "series" else estimand
    words = _WORDS.get((kind, removed if kind == "flow" else met), _OTHERS_BY_TERM if term else _OTHERS)
    if not day:
        words = words.replace(" by day {day}", "")
    return words.format(
        day=day,
        term=analysis.labels.get(term) or _CODES.get(term, term.replace("_", " ")),
        state=_STATES.get(term, "in a state"),
        word=analysis.wording.relapse,
        estimand=estimand.replace("_", " "),
        value=_value(keys.get("level", "")),
    )


def _value(level: str) -> str:
    return f": {_CODES.get(level, level.replace('_', ' '))}" if level else ""


def _which(keys: Mapping[str, str], analysis: Analysis) -> str:
    parts = []
    if "level" in keys and "term" not in keys:
        parts.append(f"“{keys['level'].replace('_', ' ')}”")
    if "arm" in keys:
        parts.append(f"group “{keys['arm']}”")
    if "site" in keys:
        parts.append(f"site {keys['site']}")
    quarter = keys.get("quarter", analysis.wording.quarter)
    return "".join(f", {part}" for part in (*parts, *([quarter] if quarter else [])))


def listed_in_words(names: Sequence[str], analysis: Analysis, *, lines: int | None = _LINES) -> Iterator[str]:
    """Yield lines that list counts by section, and how many are left out after so many lines."""
    sections: dict[str, dict[str, int]] = {}
    for name in names:
        found = count_in_words(name, analysis)
        counts = sections.setdefault(found.section, {})
        counts[found.words] = counts.get(found.words, 0) + 1
    left, shown = len(names), 0
    for section, counts in sections.items():
        if lines is not None and shown + 2 > lines:
            break
        yield f"  {section}"
        shown += 1
        for words, times in counts.items():
            if lines is not None and shown >= lines:
                break
            yield f"    {words}{f' ({times} numbers)' if times > 1 else ''}"
            shown, left = shown + 1, left - times
    if left:
        yield f"  and {left:,} more"
