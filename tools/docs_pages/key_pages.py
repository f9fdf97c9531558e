"""The pages of the cohort file and the study file: every key, from the models that check the files.

Type and default are those of the model, the meaning is its docstring, and the message beside a wrong line is
the one that the line gives.
"""

import datetime as dt
import inspect
import re
import tempfile
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from stepdown.errors import Problem, StudyError
from stepdown.schema.declarations import problems_from
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.cohort_file_rules import config_problems
from stepdown.study import Study
from tools.docs_pages.case_tables import filled

COHORT, STUDY = "cohort.toml", "study.toml"
ROOTS: dict[str, type[BaseModel]] = {COHORT: CohortFile, STUDY: Study}

BASES: dict[str, str] = {
    "cohort": """
format = 1
basis = "own_operations"
clock = "date"
data_cut = 2026-09-30
tables.discharges.file = "discharges.csv"
tables.discharges.columns = { client_id = "id", discharge_day = "left" }
tables.followup.file = "followup.csv"
tables.followup.columns = { client_id = "id", start_day = "from", end_day = "to" }
""",
    "flat": """
format = 1
basis = "own_operations"
clock = "date"
data_cut = 2026-09-30
flat.file = "log.csv"
flat.discharges = { client_id = "id", discharge_day = "left" }
flat.followup = [{ start_day = "left", end_day = "last_seen" }]
""",
    "source": """
format = 1
basis = "limited_data_set"
clock = "day"
source = { name = "ctn0094", folder = "ctn0094" }
""",
    "study": """
format = 1
title = "IOP or PHP within 14 days"
cohort = "cohort.toml"
seed = 1
strategies.early = { label = "Step-down", steps = [{ level = ["iop", "php"], within = 14 }] }
strategies.none = { label = "No step-down", avoid = [{ level = ["iop", "php"], within = 14 }] }
contrast.arms = ["early", "none"]
analysis.primary = { design = "landmark", day = 14 }
""",
}
"""Small files that are right, to which a line is added."""
_DATA = ("discharges.csv", "services.csv", "calls.csv", "followup.csv", "assessments.csv", "log.csv")


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a file.

    Attributes
    ----------
    model, name : str
        Name of its model, and of the key as the file writes it.
    base : str
        Name of the small file to which its lines are added.
    kind, default, meaning : str
        Type and default in words, and what it does.
    right, wrong : str
        A line that is right, and one that is wrong.
    """

    model: str
    name: str
    base: str
    kind: str
    default: str
    meaning: str
    right: str
    wrong: str


def keys(file: str) -> tuple[Key, ...]:
    """Return every key of a file, model by model.

    Raises
    ------
    KeyError
        A key has no example.
    """
    examples = {
        model: (base, lines)
        for base, models in tomllib.loads(_read("key_examples.toml")).items()
        for model, lines in models.items()
    }
    found = []
    for model in models(ROOTS[file]):
        base, lines = examples[model.__name__]
        meanings = attributes(model)
        for name, field in model.model_fields.items():
            key = field.alias or name
            right, wrong = lines[key]
            found.append(
                Key(
                    model=model.__name__,
                    name=key,
                    base=base,
                    kind=kind_in_words(field),
                    default=default_in_words(field),
                    meaning=meanings[name],
                    right=right,
                    wrong=wrong,
                )
            )
    return tuple(found)


def models(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and all that it holds, each once, in the order of the keys."""
    waiting, seen = [root], set[type[BaseModel]]()
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield model
        waiting = [
            inner for field in model.model_fields.values() for inner in _inner(field.annotation)
        ] + waiting


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstring of a model says of each of its attributes."""
    text = inspect.getdoc(model) or ""
    body = text.partition("Attributes\n----------\n")[2].split("\n\n")[0]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in body.splitlines():
        if not line.startswith(" "):
            names = [name.strip() for name in line.split(" : ")[0].split(",")]
            found |= dict.fromkeys(names, "")
        else:
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def kind_in_words(field: FieldInfo) -> str:
    """Return the type of a key in words."""
    least = [f"at least {one.ge}" for one in field.metadata if getattr(one, "ge", None) is not None]
    most = [f"at most {one.le}" for one in field.metadata if getattr(one, "le", None) is not None]
    return f"{_kind(field.annotation)}{''.join(f', {limit}' for limit in (*least, *most))}"


_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    dt.date: "date",
    Any: "any",
}


def _kind(annotation: Any) -> str:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        limits = [one for one in getattr(inside[1], "metadata", ()) if getattr(one, "ge", None) is not None]
        return _kind(inside[0]) + "".join(f" of at least {one.ge}" for one in limits)
    if origin is Literal:
        return " or ".join(f"`{_toml(value)}`" for value in inside)
    if origin in (UnionType, typing.Union):
        return " or ".join(dict.fromkeys(_kind(part) for part in inside if part is not type(None)))
    if origin is tuple:
        return (
            f"list of {_kind(inside[0])}"
            if inside[-1] is ...
            else f"list of {len(inside)} ({_kind(inside[0])})"
        )
    if origin is list:
        return f"list of {_kind(inside[0])}"
    if origin is dict:
        return f"table: {_kind(inside[1])} by name"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _PLAIN[annotation]


def default_in_words(field: FieldInfo) -> str:
    """Return the default of a key as the file would write it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, ()):
        return "none"
    if isinstance(value, BaseModel):
        return "the defaults of its keys"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _inner(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _inner(part)


def problems(base: str, line: str) -> list[Problem]:
    """Return the problems of a small file with a line added; none where it is right."""
    raw = _added(tomllib.loads(BASES[base]), tomllib.loads(line))
    if base == "study":
        try:
            Study.parse(raw)
        except StudyError as error:
            return list(error.problems)
        return []
    with tempfile.TemporaryDirectory() as folder:
        for name in _DATA:
            Path(folder, name).touch()
        try:
            config = CohortFile.model_validate(raw)
        except ValidationError as error:
            return problems_from(error, model=CohortFile, file=COHORT)
        # Whether a public data set lies on this machine is not asked.
        public = config.source is not None and config.source.folder == "ctn0094"
        place = None if public else Path(folder)
        return config_problems(config, file=COHORT, folder=place)


def _added(base: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file with a line added, and without what cannot stand beside it."""
    merged = _merged(base, more)
    if isinstance(more.get("flat"), Mapping) or isinstance(more.get("source"), Mapping):
        merged.pop("tables", None)
    if isinstance(more.get("source"), Mapping):
        merged["clock"] = "day"
        merged.pop("data_cut", None)
    if isinstance(more.get("contrast"), Mapping) and isinstance(more["contrast"]["arms"], Mapping):
        merged["analysis"] = {"primary": {"design": "baseline"}}
    if isinstance(more.get("checks"), Mapping) and "placebo" in more["checks"]:
        adjust = {"covariates": ["age"]}
        merged["analysis"] = {"primary": {"design": "clone_censor_weight"}, "adjust": adjust}
    return merged


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in more.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        # A comparison is written as a whole.
        merged[name] = _merged(merged[name], value) if both and name != "primary" else value
    return merged


def _read(name: str) -> str:
    return (files("tools.docs_pages") / name).read_text(encoding="utf-8")


def cohort_file_page() -> str:
    """Return the page of the cohort file as Markdown."""
    return filled("cohort-file.md", keys=_sections(COHORT))


def study_file_page() -> str:
    """Return the page of the study file as Markdown."""
    return filled("study-file.md", keys=_sections(STUDY))


HEADINGS = {
    "CohortFile": "The file itself",
    "TableMaps": "`[tables]`: a file for each table",
    "TableMap": "`[tables.discharges]`, `[tables.services]` and the other tables",
    "ColumnMap": "A column",
    "CovariateMap": "A covariate: `[tables.discharges.covariates]`, `[flat.covariates]`",
    "FlatMap": "`[flat]`: one row a client",
    "RowMap": "`[[flat.services]]`, `[[flat.observations]]` and the other tables",
    "NamedSource": "`[source]`: a public data set",
    "ScheduleMap": "`[schedule]`: when contacts were due",
    "SiteMap": "A site: a label alone, or what is known of it",
    "Study": "The file itself",
    "TimeZero": "`[time_zero]`",
    "Eligibility": "`[[eligibility]]`: a step",
    "Keep": "`keep` of a step",
    "Strategy": "`[strategies.NAME]`",
    "CareStep": "`steps` and `avoid` of a strategy",
    "Outcome": "`[outcome]`",
    "Contrast": "`[contrast]`",
    "BaselineArm": "`arms` of a contrast, from a column",
    "AnalysisChoice": "`[analysis]`",
    "DesignChoice": "`primary` and `secondary` of the analysis",
    "Adjust": "`adjust` of the analysis",
    "LossChoice": "`loss` of the analysis",
    "Interval": "`interval` of the analysis",
    "MeasuresChoice": "`[measures]`",
    "CareChoice": "`[care]`",
    "SubgroupsChoice": "`[subgroups]`",
    "DoseChoice": "`[dose]`",
    "EquivalenceChoice": "`[equivalence]`",
    "SitesChoice": "`[sites]` of the study",
    "QuartersChoice": "`[quarters]`",
    "Gates": "`[gates]`",
    "BalanceGate": "`balance` of `[gates]`",
    "EffectiveSizeGate": "`effective_size` of `[gates]`",
    "EventsGate": "`events` of `[gates]`",
    "OutcomeKnownGate": "`outcome_known` of `[gates]`",
    "LargestShareGate": "`largest_share` of `[gates]`",
    "ChecksChoice": "`[checks]`",
    "PlaceboWindow": "`placebo` of `[checks]`",
    "NegativeOutcome": "`negative_outcomes` of `[checks]`",
    "NegativeExposure": "`negative_exposures` of `[checks]`",
    "ProgramChoice": "`[program]`",
    "ReportChoice": "`[report]`",
    "SensitivityChoice": "`[sensitivity]`",
    "DisclosureChoice": "`[disclosure]`",
}


def _sections(file: str) -> Iterator[str]:
    model = ""
    for key in keys(file):
        if key.model != model:
            model = key.model
            yield f'## <a id="{model.lower()}"></a>{HEADINGS[model]}'
            yield ""
        yield f"### `{key.name}`"
        yield ""
        yield key.meaning
        yield ""
        yield f"- **Type**: {key.kind}. **Default**: {key.default}."
        yield f"- **Example**: `{key.right}`"
        found = problems(key.base, key.wrong)
        yield f"- **Error**: `{key.wrong}` gives: {_plain(found)}"
        yield ""


def _plain(found: list[Problem]) -> str:
    return " ".join(re.sub(r"\*", r"\\*", str(one)) for one in found)
