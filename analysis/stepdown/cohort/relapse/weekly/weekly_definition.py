"""How a definition reads words: its recoding, and what it then asks of them."""

from collections.abc import Callable
from dataclasses import dataclass

from stepdown.cohort.relapse.weekly.pattern_rules import Floats, Window
from stepdown.cohort.relapse.weekly.recoding import Kept, Missing, Mixed

Value = Callable[[Kept], Floats]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """How words are recoded, and what is then asked of them.

    Attributes
    ----------
    rule : Window or function
        A window, whose first match is an event in time; or a function of the recoded words.
    missing, mixed : str
        As in `recode`. The definition's own; a study may choose another for missing.
    """

    rule: Window | Value
    missing: Missing = "positive"
    mixed: Mixed = "positive"
