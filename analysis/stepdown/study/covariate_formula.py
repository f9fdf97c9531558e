"""What a formula of covariates may hold: names, + : * and three functions of one covariate."""

import re

FUNCTIONS = ("bs", "cr", "poly")
MOST_DF = 20
"""Largest df or degree; more columns than that follow single people."""
_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|([+:*(),=])|(.))", re.DOTALL)
_SETTINGS = ("df", "degree")
_FACTOR = re.compile(
    r"\s*(?:(bs|cr|poly)\s*\(\s*([A-Za-z_]\w*)\s*((?:,\s*\d+\s*)?(?:,\s*(?:df|degree)\s*=\s*\d+\s*)*)\)"
    r"|([A-Za-z_]\w*))\s*"
)
_CUBIC = 3
"""Degree of bs, where none is given."""


def formula_terms(formula: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the terms of a formula, each the functions ("" for none) and covariates that it multiplies.

    Parameters
    ----------
    formula : str
        One of which `formula_problem` finds nothing wrong.

    Examples
    --------
    >>> formula_terms("bs(age, df=4) + severity:sex")
    ((('bs', 'age'),), (('', 'severity'), ('', 'sex')))
    """
    found = []
    for term in formula.split("+"):
        factors = [match for match in map(_FACTOR.fullmatch, re.split("[:*]", term)) if match]
        found.append(tuple((one[1] or "", one[2] or one[4]) for one in factors))
    return tuple(found)


def formula_problem(formula: str, names: tuple[str, ...]) -> str:
    """Return what is wrong with a formula, empty where nothing is.

    Parameters
    ----------
    formula : str
        Terms joined by +.
    names : tuple of str
        The covariates.

    Examples
    --------
    >>> formula_problem("bs(age, df=4) + severity:sex", ("age", "severity", "sex"))
    ''
    >>> formula_problem("log(age)", ("age",))
    'has the function log; known are bs, cr, poly'
    >>> formula_problem("weight", ("age",))
    'names weight, which is not among the covariates'
    >>> formula_problem("bs(age, df=2)", ("age",))
    'has bs with df = 2; its df is at least its degree, which is 3 unless stated'
    """
    tokens = [match.groups() for match in _TOKEN.finditer(formula.strip())]
    strange = [other for _, _, _, other in tokens if other]
    if strange:
        return "may hold names, numbers, + : * and the functions bs, cr and poly alone"
    if not any(name for name, *_ in tokens):
        return "is empty"
    for place, (name, *_) in enumerate(tokens):
        after = tokens[place + 1][2] if place + 1 < len(tokens) else ""
        if not name:
            continue
        if after == "(" and name not in FUNCTIONS:
            return f"has the function {name}; known are {', '.join(FUNCTIONS)}"
        if after == "=" and name not in _SETTINGS:
            return f"has the setting {name}; known are {', '.join(_SETTINGS)}"
        if after not in ("(", "=") and name not in names:
            return f"names {name}, which is not among the covariates"
    return next(filter(None, map(_of_factor, re.split(r"[+:*]", formula))), "")


def _of_factor(factor: str) -> str:
    """Return what is wrong with one factor of a term."""
    match = _FACTOR.fullmatch(factor)
    if match is None:
        return (
            "joins its terms by +, each a covariate, a function of one with whole numbers, such as "
            "bs(age, df=4), cr(age, df=4) or poly(age, 2), or several of them joined by : or *"
        )
    return _of_settings(match[1], match[3]) if match[1] else ""


def _of_settings(function: str, given: str) -> str:
    """Return what is wrong with the settings of a function."""
    first = "degree" if function == "poly" else "df"
    stated = [(name or first, int(value)) for name, value in re.findall(r"(?:(\w+)\s*=\s*)?(\d+)", given)]
    settings = dict(stated)
    allowed = {"bs": ("df", "degree"), "cr": ("df",), "poly": ("degree",)}[function]
    if len(settings) < len(stated) or set(settings) - set(allowed):
        return f"has {function} with other settings than {' and '.join(allowed)}, each once"
    for name, value in settings.items():
        if not 1 <= value <= MOST_DF:
            return f"has {function} with {name} = {value}; {name} is 1 to {MOST_DF}"
    if function == "bs" and settings.get("df", MOST_DF) < settings.get("degree", _CUBIC):
        return f"has bs with df = {settings['df']}; its df is at least its degree, which is 3 unless stated"
    if function == "cr" and settings.get("df", 0) < _CUBIC:
        return "has cr with a df below 3; write, for example, cr(age, df=4)"
    return ""
