"""Invented people in the tables of CTN-0094, drawn as text, one person a line.

    7: 27 Methadone 3 | visit 5 8 | opioid 8 | thc 9 | temp 9 | badtemp 12 | missed WK2 is_in_jail | pattern -+o

First the trial, the arm (underscores for blanks) and the day of randomization (the trial alone where
somebody was never randomized); then days of kept visits,
of urine results, of temperatures, days of reported use, doses, a visit that was missed (with its reason), days
of detoxification, a second randomization, and the published patterns of the one or two phases.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stepdown.sources.ctn0094 import Trial, TrialDesigns, designs

_URINE = {"opioid": "Opioid", "thc": "Thc", "bup": "Buprenorphine", "methadone": "Methadone"}
_TOLD = {"heroin": "Heroin", "alcohol": "Alcohol"}
_REASONS = ("is_dead", "is_left_study", "is_in_jail", "is_moved")
_BASELINE: dict[str, dict[str, Any]] = {
    "demographics": {
        "age": 30,
        "is_male": "Yes",
        "job": "Full Time",
        "is_living_stable": "No",
        "education": "HS/GED",
        "marital": "Never married",
    },
    "derived_raceEthnicity": {"race_ethnicity": "Hispanic"},
    "site_masked": {"site_masked": "7"},
    "asi": {"used_iv": "Yes"},
    "fagerstrom": {"is_smoker": "No"},
    "psychiatric": {
        "has_schizophrenia": "No",
        "has_major_dep": "Yes",
        "has_bipolar": "No",
        "has_anx_pan": None,
    },
}
_KINDS = {"who": "Int32", "when": "Int32", "age": "Int32", "inductDelay": "Int32"}


def short(weeks: int, *, second_weeks: int = 0) -> TrialDesigns:
    """The designs with patterns of a few weeks; contacts are due in all of them but, in 30, the third."""
    real = designs()
    every = tuple(range(1, weeks + 1))
    trials = {
        name: Trial(
            label=trial.label,
            level=trial.level,
            weeks=weeks,
            published_from=trial.published_from,
            due=every if name != "30" else tuple(week for week in every if week != 3),
            sample=trial.sample,
            second_weeks=second_weeks if name == "30" else 0,
            second_due=tuple(range(1, second_weeks + 1)) if name == "30" else (),
        )
        for name, trial in real.trials.items()
    }
    return TrialDesigns(
        trials=trials,
        arms=real.arms,
        opioids_urine=real.opioids_urine,
        opioids_reported=real.opioids_reported,
        codes=real.codes,
    )


def draw_tables(text: str) -> dict[str, pd.DataFrame]:
    """Return the source's tables of the people drawn."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _NAMES}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        person, _, rest = line.partition(":")
        first, *items = (item.split() for item in rest.split("|"))
        _enter(rows, int(person), first)
        for what, *values in items:
            _add(rows, int(person), what, values)
    frames = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in _NAMES.items()}
    return {
        name: frame.astype(
            {column: "Int64" if column in _KINDS else object for column in frame if column != "age"}
        )
        for name, frame in frames.items()
    }


def write_tables(folder: Path, frames: dict[str, pd.DataFrame]) -> Path:
    """Write the tables as the Parquet files of the source; return the folder."""
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        kinds = {column: _KINDS.get(str(column), "string") for column in frame}
        table = pa.Table.from_pandas(frame.astype(kinds), preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_cohort(
    folder: Path, *, patterns: str = "published", basis: str = "safe_harbor", more: str = ""
) -> Path:
    """Write a cohort file that reads the tables of the folder `tables` beside it; return its path."""
    path = folder / "cohort.toml"
    head = f'format = 1\nbasis = "{basis}"\nclock = "day"\n[source]\nname = "ctn0094"\nfolder = "tables"\n'
    path.write_text(f'{head}patterns = "{patterns}"\n{more}', encoding="utf-8")
    return path


_NAMES: dict[str, tuple[str, ...]] = {
    "everybody": ("who", "project"),
    "randomization": ("who", "treatment", "which", "when"),
    **{name: ("who", *values) for name, values in _BASELINE.items()},
    "derived_inductDelay": ("who", "inductDelay"),
    "detox": ("who", "what", "when"),
    "treatment": ("who", "when"),
    "tlfb": ("who", "what", "when"),
    "visit": ("who", "visit", "what", *_REASONS, "when"),
    "uds": ("who", "what", "when"),
    "uds_temp": ("who", "was_temp_ok", "when"),
    "derived_weeklyOpioidPattern": ("who", "Phase_1", "Phase_2"),
}


def _enter(rows: dict[str, list[dict[str, Any]]], who: int, patterns: list[str]) -> None:
    rows["everybody"].append({"who": who, "project": patterns[0]})
    if len(patterns) > 1:
        named = patterns[1].replace("_", " ")
        rows["randomization"].append({"who": who, "treatment": named, "which": "1", "when": int(patterns[2])})
    for name, values in _BASELINE.items():
        rows[name].append({"who": who, **values})


def _add(rows: dict[str, list[dict[str, Any]]], who: int, what: str, values: list[str]) -> None:
    if what == "missed":
        reasons = {name: "1" if name in values else None for name in _REASONS}
        rows["visit"].append({"who": who, "visit": values[0], "what": "no visit", "when": None, **reasons})
    elif what == "pattern":
        first, second = (*values, "")[:2]
        patterns = {"who": who, "Phase_1": first, "Phase_2": second}
        rows["derived_weeklyOpioidPattern"].append(patterns)
    elif what == "again":
        again = {"treatment": "Outpatient BUP + SMM", "which": "2", "when": int(values[0])}
        rows["randomization"].append({"who": who, **again})
    elif what == "induct":
        rows["derived_inductDelay"].append(
            {"who": who, "inductDelay": None if values == ["never"] else int(values[0])}
        )
    elif what == "detox":
        for name, day in zip(("admission", "discharge"), values, strict=True):
            rows["detox"].append({"who": who, "what": name, "when": int(day)})
    else:
        for day in values:
            name, row = _finding(what)
            rows[name].append({"who": who, "when": int(day), **row})


def _finding(what: str) -> tuple[str, dict[str, Any]]:
    if what in _URINE:
        return "uds", {"what": _URINE[what]}
    if what in _TOLD:
        return "tlfb", {"what": _TOLD[what]}
    if what in ("temp", "badtemp"):
        return "uds_temp", {"was_temp_ok": "1" if what == "temp" else "0"}
    if what == "dose":
        return "treatment", {}
    return "visit", {"visit": "WK1", "what": "visit", **dict.fromkeys(_REASONS)}
