"""The rule table of the identifier guard: one row a detector, by the 18 kinds of 45 CFR 164.514(b)(2).

A column is tested by its name (in snake case, and with abbreviations written out) and by its distinct values.
`share` is the smallest share of the distinct values that must match; 0 means that one is enough.
"""

from dataclasses import dataclass

NOT_ITSELF = (
    r"(^|_)(type|kind|class|category|cat|relation|relationship|status|stability|stable|homeless|rurality|urbanicity|valid|suspended|rel|offset|verified|known|count|counts|changes|changed|distance|"
    r"ver|version|consent|consented|checked|issued|returned|received|done|made|attempts?|days|hours|months|used?|"
    r"method|preference|given|obtained|requested|offered|signed|eligible|required|rural|urban|size|rank|program|effects?|"
    r"scores?|drugs?|hall|owner|testing|arrests?|stress|car|confirmed|estimated|held|quality|dq|stab|earned|voucher|yn|"
    r"collected|known_yn)(_?(yn|txt|v?\d+))*$|(^|_)drug_street(_|$)|"
    r"(^|_)(type|kind|class|stability|verified|consent|number|no)_of(_|$)|^(has|have|had|was|is|any|num|count|n)_|"
    r"(^|_)of_(program|programme|site|facility|drug|medication|unit|agency|center|level|group)(_|$)"
)
"""Names of columns that are about an identifier, as "address type" is, and hold none."""


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One way to detect one kind of identifier, by `name`, by `value`, or by both where both are given.

    Attributes
    ----------
    kind : str
        Letter of the kind of identifier, as in the rule, and the kind in words: "C: dates".
    name, value : str
        Regular expressions (RE2); a name alone never flags a column of yes and no.
    unless_name, unless_value : str
        A name, or values without exception, that rule the identifier out.
    share : float
        Smallest share of the distinct values that match `value`.
    among : str
        Values of which the share is taken; empty for all.
    least : int
        Smallest number of distinct values; more than one where a single value proves nothing and a whole
        column does, be they texts or numbers.
    spread : (int, int)
        Their first so many characters have at least so many distinct forms: consecutive ids do not.
    bases : tuple of str
        Legal grounds under which the column is refused; empty for all.
    """

    kind: str
    name: str = ""
    value: str = ""
    unless_name: str = ""
    unless_value: str = ""
    share: float = 0.0
    among: str = ""
    least: int = 1
    spread: tuple[int, int] = (0, 1)
    bases: tuple[str, ...] = ()
