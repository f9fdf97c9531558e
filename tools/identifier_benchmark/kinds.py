"""A kind of column: how its columns are named and how their values are drawn."""

from dataclasses import dataclass

from tools.identifier_benchmark.draws import Drawer

# Names that carry no information; each kind takes the next ones.
BARE_NAMES = (
    *(
        "col7",
        "field_12",
        "V3",
        "X14",
        "var_08",
        "Column5",
        "q23_text",
        "F9",
        "data_3",
        "item_21",
        "Unnamed: 4",
    ),
    *("c11", "other_txt", "text2", "fld_a", "value", "Q17", "udf_6", "misc1", "custom_04", "resp_2", "A"),
)


@dataclass(frozen=True)
class Kind:
    """A kind of column.

    Parameters
    ----------
    kind : str
        What the column holds, such as "street address".
    names : str
        Column names, separated by `|`; each is one column.
    drawers : tuple of callable
        Ways to draw the values; the columns take them in turn.
    bare : int
        How many more columns have names that carry no information.
    identifying : bool
        Do the values, or name and values together, identify a person under 45 CFR 164.514(b)(2)?
    named : bool
        Is it one of the kinds of which a recall of 99% is asked?
    """

    kind: str
    names: str
    drawers: tuple[Drawer, ...]
    bare: int = 0
    identifying: bool = True
    named: bool = False

    @property
    def column_names(self) -> list[str]:
        """Names of the columns that have names of their own."""
        return self.names.split("|") if self.names else []
