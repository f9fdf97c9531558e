"""What one row of the rule table of the identifier guard says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One way to notice one kind of identifier.

    Attributes
    ----------
    letter : str
        Kind of identifier, as the rule letters them.
    what : str
        The kind in words.
    needs : {"name", "value", "both"}
        Evidence that is enough.
    name, value : str
        Regular expressions (RE2); a name alone never flags a column of yes and no.
    unless_name, unless_value : str
        A name, or values without exception, that speak against it.
    share : float
        Least part of the different values that match `value`.
    among : str
        Values of which the share is taken; empty for all.
    least : int
        How many different values there must be; more than one where a single value proves nothing and a
        whole column does, be they texts or numbers.
    spread : (int, int)
        So many first characters of them take at least so many forms: ids in a row do not.
    bases : tuple of str
        Legal grounds under which it stops; empty for all.
    """

    letter: str
    what: str
    needs: Literal["name", "value", "both"]
    name: str = ""
    value: str = ""
    unless_name: str = ""
    unless_value: str = ""
    share: float = 0.0
    among: str = ""
    least: int = 1
    spread: tuple[int, int] = (0, 1)
    bases: tuple[str, ...] = ()
