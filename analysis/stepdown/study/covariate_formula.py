"""What a formula of covariates may hold: names, + : * and three functions of one covariate."""

import re

FUNCTIONS = ("bs", "cr", "poly")
_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|([+:*(),=])|(.))", re.DOTALL)
_SETTINGS = ("df", "degree")


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
    return ""
