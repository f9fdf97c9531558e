"""The grammar of the hand-worked cases."""

import re

import pytest

from tests.cases.parser import ROOT, cases, parse

TEXT = """# A comment.

with data_cut = 1000, visits = 30 90
a: stay -28..0 | iop 3
    / b: stay -28..0 ; data_cut = 30, after = 14
    ; 1/2 | Younger than 18 ; why; and more
-o+ ; ; undefined ; why
"""


def test_a_case_is_read_as_it_is_drawn() -> None:
    long, short = parse(TEXT, "x@1")
    assert (long.name, long.lines) == ("x@1", ("a: stay -28..0 | iop 3", "b: stay -28..0"))
    assert long.own == {"data_cut": "30", "after": "14"}
    assert long.settings == {"data_cut": "30", "visits": "30 90", "after": "14"}
    assert (long.options, long.expected) == ("data_cut = 30, after = 14", "1/2 | Younger than 18")
    assert long.why == "why; and more"
    assert (short.drawing, short.own, short.expected, short.why) == ("-o+", {}, "undefined", "why")


@pytest.mark.parametrize("line", ["- 30 ; ; day 30", "- 30 ; ; ; why", "- 30"])
def test_a_line_that_is_not_a_case_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=f"^x@1: not a case: {re.escape(line)}"):
        parse(line, "x@1")


def test_every_folder_of_cases_is_read() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/*.txt")}
    assert folders == {"daily", "weekly", "measures", "followup", "care", "secondary"}
    for folder in folders:
        names = {path.stem for path in (ROOT / folder).glob("*.txt")}
        assert {case.name for case in cases(folder)} == names
