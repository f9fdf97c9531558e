"""Variables and codes of TEDS-D, read from `variables.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from stepdown.schema.declarations import shipped_toml

MISSING = -9
MISSING_LABEL = "Missing/unknown/not collected/invalid"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable of the file.

    Attributes
    ----------
    name, label : str
        "SERVICES", and what it is.
    codes : mapping of int to str
        Label of each code, in order; empty for numbers.
    more_codes : mapping of int to str
        Codes of other years than 2019.
    missing : str
        What -9 stands for, where the file of 2019 has it; else empty.
    other_names : tuple of str
        Names in files of other years.
    """

    name: str
    label: str
    codes: Mapping[int, str]
    more_codes: Mapping[int, str]
    missing: str = ""
    other_names: tuple[str, ...] = ()


@cache
def variables() -> tuple[Variable, ...]:
    """Return all variables in the order of the codebook of 2019.

    Examples
    --------
    >>> from stepdown.sources.teds_d import variables
    >>> next(one.codes[1] for one in variables() if one.name == "REASON")
    'Treatment completed'
    """
    found = shipped_toml("stepdown.sources.teds_d", "variables.toml")
    of_2019, of_others = _lists(found["codes"]), _lists(found["codes_of_other_years"])
    empty: Mapping[int, str] = MappingProxyType({})
    return tuple(
        Variable(
            name=one["name"],
            label=one["label"],
            codes=of_2019.get(one.get("codes", ""), empty),
            more_codes=of_others.get(one.get("codes", ""), empty),
            missing=one.get("missing", ""),
            other_names=tuple(one.get("other_names", ())),
        )
        for one in found["variable"]
    )


def _lists(found: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[int, str]]:
    return {
        name: MappingProxyType({int(code): label for code, label in codes.items()})
        for name, codes in found.items()
    }
