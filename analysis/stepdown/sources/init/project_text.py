"""The files of a new project: cohort.toml with every guess marked, study.toml with every choice explained."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stepdown.schema import TABLES, Basis, Clock, Column
from stepdown.sources.init.guesses import Guess
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.map.plain_columns import shape

_MARK = "# GUESS"
_ZERO = "{ value = 0 }"
_SCHEDULE = (
    "[schedule]            # days since discharge on which clients were due for a contact",
    "visits = [30, 90, 180]",
    "before = 7            # a contact so many days before or after its day belongs to it",
    "after = 14",
)
_KINDS = {"whole": "integer", "real": "number", "flag": "flag"}


def cohort_text(
    parts: Sequence[NewFile],
    *,
    basis: Basis,
    clock: Clock,
    data_cut: str,
    missing: Sequence[str],
    visits: Sequence[int] = (),
    made_from: str = "",
) -> str:
    """Return the text of a cohort file.

    Parameters
    ----------
    parts : sequence of NewFile
        Files, the discharges first.
    basis, clock : str
        As in a cohort file.
    data_cut : str
        Written as in TOML; empty to leave it out.
    missing : sequence of str
        Texts for missing values.
    visits : sequence of int
        Days after discharge on which clients were due for a call; empty where not known.
    made_from : str
        File of which a copy was made, relative to the project; empty where none was.

    Returns
    -------
    str
    """
    lines = [
        "# The columns of your files. Lines marked GUESS were inferred from names, types and ranges:",
        "# check each. Lines marked TODO need you. Then run: stepdown check cohort.toml",
        "format = 1",
        f'basis = "{basis}"  # the legal ground on which you hold the data',
        f'clock = "{clock}"  # "date": the files hold dates; "day": whole days on each client\'s own axis',
    ]
    if made_from:
        lines.append(
            f"made_from = {_toml(made_from)}  # your own file: check names its rows where it is there"
        )
    if data_cut:
        lines.append(
            f"data_cut = {data_cut}  {_MARK}: the latest date in the files; write the day of the export"
        )
    lines.append(f"missing = {_toml(list(missing))}  # texts that mean a missing value")
    schedule = [
        line.replace("[30, 90, 180]", str([*visits]) if visits else "[30, 90, 180]") for line in _SCHEDULE
    ]
    flat = len(parts) == 1
    for part in parts:
        lines += ["", *_part(part, flat=flat)]
    lines += [
        "",
        *(line if visits else f"# {line}" for line in schedule),
        "",
        "# [allow]               # columns that look like identifiers and are not, with the reason",
        '# cohort_code = "Batch label, reviewed by the privacy officer"',
    ]
    return "\n".join(lines) + "\n"


def todos(text: str) -> tuple[str, ...]:
    """Return the lines of a cohort file that need a person, without their marks."""
    return tuple(line.strip("# ") for line in text.splitlines()[2:] if "TODO" in line)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(held)}" for key, held in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _map(guess: Guess) -> str:
    if not guess.options:
        return _toml(guess.source)
    options = ", ".join(f"{key} = {_toml(value)}" for key, value in guess.options.items())
    return f"{{ from = {_toml(guess.source)}, {options} }}"


def _part(part: NewFile, *, flat: bool) -> Iterator[str]:
    header = "flat" if flat else f"tables.{part.table}"
    yield f"[{header}]" + ("  # one row a client or a discharge" if flat else "")
    yield f"file = {_toml(part.file)}"
    for name, what in part.noticed.items():
        yield f"# TODO: take column {_toml(name)} out of the file: it seems to hold {what}"
    by_row = part.row_ids and part.client in part.data.column_names and part.client != "client_id"
    if by_row:
        yield f'client_ids = "rows"  {_MARK}: no column of client ids was found, so that each row is a client'
    yield f"[{header}.{part.table if flat else 'columns'}]"
    found = {guess.name: guess for guess in part.guesses}
    table = next(table for table in TABLES if table.name == part.table)
    for column in table:
        if not (by_row and column.name == "client_id"):
            yield from _column(part, column, found.get(column.name))
    if flat:
        yield from _events(part)
    if part.table == "discharges":
        yield from _covariates(part, header)


def _column(part: NewFile, column: Column, guess: Guess | None) -> Iterator[str]:
    if guess is not None and not guess.doubt:
        note = f": {guess.note}" if guess.note else ""
        yield f"{column.name} = {_map(guess)}  {_MARK}{note}"
    elif guess is not None:
        needed = _needed(part, column.name)
        # A column that was left out of the copy is not there to be named.
        source = _toml("TODO") if needed and guess.source not in part.data.column_names else _map(guess)
        yield f"{'' if needed else '# '}{column.name} = {source}  # TODO: {guess.doubt}"
    elif part.table == "discharges" and column.name == "level":
        yield f'level = {{ value = "residential" }}  {_MARK}: every row is a residential stay'
    elif column.name == "discharge_day" and part.from_zero:
        yield f"discharge_day = {_ZERO}  {_MARK}: days are counted from discharge"
    elif _needed(part, column.name):
        yield f'{column.name} = "TODO"  # TODO: name the column of the file. {column.meaning}'


def _needed(part: NewFile, name: str) -> bool:
    if part.table == "discharges":
        return name in ("client_id", "discharge_day")
    return next(table for table in TABLES if table.name == part.table)[name].required


def _events(part: NewFile) -> Iterator[str]:
    start = next((guess for guess in part.guesses if guess.name == "discharge_day" and not guess.doubt), None)
    begin = _map(start) if start is not None else _ZERO if part.from_zero else '"TODO"'
    end = next((guess for table, _, guess in part.events if table == "followup"), None)
    services = [(event, guess) for table, event, guess in part.events if table == "services"]
    findings = [(event, guess) for table, event, guess in part.events if table == "observations"]
    yield ""
    yield "# Care after discharge, what was found, and how long each client was observed. One line an event;"
    yield "# an empty cell makes no row. Missing follow-up is never counted as abstinence."
    for event, guess in services:
        yield from _rows("services", "level", event, f"start_day = {_map(guess)}", guess)
    if not services:
        yield "# [[flat.services]]  # one block a level of care"
        yield '# level = { value = "iop" }'
        yield '# start_day = "column of the first session"'
    for event, guess in findings:
        yield from _rows("observations", "finding", event, f"day = {_map(guess)}", guess, since=begin)
    if findings or end is not None:
        last = _map(end) if end is not None else '"TODO"'
        mark = (
            f"  {_MARK}"
            if end is not None and (start is not None or part.from_zero)
            else "  # TODO: the last day of observation"
        )
        yield "[[flat.followup]]"
        yield f"start_day = {begin}"
        yield f"end_day = {last}{mark}"
    else:
        yield "# [[flat.observations]]  # TODO: without these no client is observed, and no outcome is known"
        yield '# finding = { value = "positive" }'
        yield '# day = "column of the day of first use"'
        yield "# [[flat.followup]]"
        yield f"# start_day = {begin}"
        yield '# end_day = "column of the last contact"'


def _rows(table: str, kind: str, event: str, day: str, guess: Guess, *, since: str = "") -> Iterator[str]:
    off = "# " if guess.doubt else ""
    mark = f"  # TODO: {guess.doubt}" if guess.doubt else ""
    yield f"{off}[[flat.{table}]]{mark}"
    yield f'{off}{kind} = {{ value = "{event}" }}'
    yield f"{off}{day}  {_MARK}" + (f": {guess.note}" if guess.note else "")
    if guess.since:
        yield f"since_day = {since}"
    if guess.when:
        yield f"{off}when = {_toml(guess.when)}"
    if guess.unless:
        yield f"unless = {_toml(guess.unless)}"


def _covariates(part: NewFile, header: str) -> Iterator[str]:
    used = {guess.source for guess in part.maps} | {part.client, *part.noticed}
    used |= {name for guess in part.maps for name in guess.when}
    others = [name for name in part.data.column_names if name not in used and not _dated(part.data[name])]
    if not others:
        return
    yield ""
    yield "# Columns not used. To use one, remove the # and state when its value is known: admission,"
    yield "# randomization or discharge. While known is later, it can define neither arms nor eligibility."
    yield f"# [{header}.covariates]"
    for name in others:
        kind = _KINDS.get(shape(part.data[name].type), "number" if _numeric(part.data[name]) else "category")
        yield f'# {_key(name)} = {{ from = {_toml(name)}, type = "{kind}", known = "later" }}'


def _dated(column: pa.ChunkedArray) -> bool:
    return shape(column.type) in ("date", "other")


def _numeric(column: pa.ChunkedArray) -> bool:
    try:
        column.unique().cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _toml(name)


_HEAD = """\
# The study is the protocol: every decision is stated here, and the same file run on next quarter's data
# gives next quarter's report. Adapt it to your question; then: stepdown run study.toml
format = 1
title = "IOP or PHP within 14 days"
cohort = "cohort.toml"
seed = 20260101                 # any whole number; the same seed gives the same report

[time_zero]                     # the day on which the clock starts
event = "{event}"             # discharge, admission or randomization
episode = "first"               # of clients with several stays: first or all
day_zero = "exclude"            # a relapse on day 0: "exclude" removes it in a counted step
"""
_ADULTS = """
[[eligibility]]                 # eligibility, in order; each block is a row of the flow
name = "Adults"
keep = { column = "age", at_least = 18 }   # or at_most, is_in = [...], not_in = [...], known = true
"""
_BOUNDS = """lowest and highest risk; or "imputed"
                                # (multiple imputation), "interval" (estimated), "midpoint", "detected\""""
_IMPUTED = """its days are drawn many times
                                # (multiple imputation); or "bounds" (lowest and highest risk), "interval"
                                # (estimated), "midpoint", "detected\""""
_OUTCOME = """
[outcome]
{endpoint}
missing = "as_defined"          # a missed contact is neither a relapse nor abstinence; or "positive", "last"
interval = "bounds"             # where only an interval is known: lowest and highest risk; or "imputed"
                                # (multiple imputation), "interval" (estimated), "midpoint", "detected"
competing = ["death", "incarceration"]     # competing events
window = [30, 90]               # the days of most interest: 31 to 90
times = [30, 60, 90, 180, 365]  # days for which results are reported; the last is the horizon
word = "relapse"                # or "return to use"
"""
# Where the files show use, and where they show readmissions alone.
_ENDPOINTS = (
    """endpoint = "first_use@1"        # first positive finding after time zero; others: stepdown endpoints
""",
    """endpoint = "treatment_return@1" # first later admission: the files show nothing of use
""",
)
_COMPARISON = """
[strategies.early]              # plans of care that are compared
label = "IOP or PHP within 14 days"
steps = [{ level = ["iop", "php"], within = 14 }]

[strategies.none]
label = "No step-down within 14 days"
avoid = [{ level = ["iop", "php"], within = 14 }]

[contrast]
arms = ["early", "none"]        # the last is the reference
"""
_UNADJUSTED = """
[analysis]
# A landmark analysis assigns arms on day 14, among clients still observed and relapse-free then. Clients who
# relapse early had no time to start care; counting them as "no care" would favor care (immortal-time bias).
primary = { design = "landmark", day = 14 }
interval = { method = "influence", cluster = "client_id" }
"""
_ADJUSTED = """
[analysis]
# Every client counts under both plans until departing from one: clients who relapse early had no time to
# start care, and counting them as "no care" would favor care (immortal-time bias).
primary = { design = "clone_censor_weight" }
# Arms by the care received by day 14, among clients still observed and relapse-free then.
secondary = [{ design = "landmark", day = 14 }]
interval = { method = "influence", cluster = "client_id" }

[analysis.adjust]               # what was known before care could start, and may differ between the arms
covariates = $COVARIATES
"""
_LATER = """
# A comparison of plans of care needs services in cohort.toml. When they are mapped, remove the # below.
"""
_OWN_NOTEBOOK = """
# [report]                      # remove the # to run your own copy in place of the notebook of the package
# notebooks = ["notebooks/01_first_look.ipynb"]
"""


def study_text(
    *,
    event: str,
    adults: bool,
    comparison: bool,
    covariates: Sequence[str] = (),
    intervals: bool = False,
    readmissions: bool = False,
) -> str:
    """Return the text of a study file.

    Parameters
    ----------
    event : str
        Time zero: "discharge", "admission" or "randomization".
    adults : bool
        The age is mapped, so eligibility can require adults.
    comparison : bool
        Services are mapped, so that plans of care can be compared.
    covariates : sequence of str
        Columns known before care that the comparison is adjusted for; it is not adjusted where there is none.
    intervals : bool
        Calls show only an interval for many relapses, so that their days are imputed.
    readmissions : bool
        The files show readmissions, and nothing of use.

    Returns
    -------
    str
    """
    text = _HEAD.format(event=event)
    text += _ADULTS if adults else _commented(_ADULTS)
    outcome = _OUTCOME.replace('"bounds"         ', '"imputed"        ').replace(_BOUNDS, _IMPUTED)
    text += (outcome if intervals else _OUTCOME).format(endpoint=_ENDPOINTS[readmissions].strip())
    named = ", ".join(map(json.dumps, covariates))
    adjusted = _ADJUSTED.replace("$COVARIATES", f"[{named}]")
    compared = _COMPARISON + (adjusted if covariates else _UNADJUSTED)
    return text + (compared if comparison else _LATER + _commented(compared)) + _OWN_NOTEBOOK


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() if line else "" for line in text.splitlines()) + "\n"
