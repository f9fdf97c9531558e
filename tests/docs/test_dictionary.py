"""The data dictionary says what the declarations say."""

import pytest

from stepdown import schema
from stepdown.schema import NOT_CARE, TABLES, Column
from tools import docs_pages as docs


def test_every_column_has_one_row_with_its_codes() -> None:
    lines = docs.data_dictionary().splitlines()
    for table in TABLES:
        start = lines.index(f"## {table.name}")
        rows = [line for line in lines[start:] if line.startswith("| `")]
        for column, row in zip(table, rows, strict=False):
            cells = [cell.strip() for cell in row.strip("|").split(" | ")]
            assert cells[0] == f"`{column.name}`"
            assert cells[1:3] == [column.label, column.meaning]
            assert all(f"`{code}`" in cells[5] for code in column.codes)


def test_ranges_and_needs_are_said() -> None:
    text = docs.data_dictionary()
    assert (
        "| `age` | Age | Age at admission; 90 stands for all ages over 89, which are identifiers. | number | years | 12 to 90 | admission |  | yes |"
        in text
    )
    assert (
        "| `client_id` | Client | A random label of the client, never derived from an identifier. | id |"
        in text
    )
    assert "| always, never missing |" in text
    assert "- `start_day` may not come after `end_day`." in text


def test_every_column_has_a_label_of_its_own() -> None:
    for table in TABLES:
        labels = [column.label for column in table]
        assert all(label[0].isupper() and "_" not in label for label in labels)
        assert len(set(labels)) == len(labels)
    assert Column(name="ever_iop", meaning="x", kind="flag", known="later").label == "Ever iop"


def test_the_codes_that_code_uses_are_declared() -> None:
    kinds = next(table for table in TABLES if table.name == "services")["kind"]
    assert set(NOT_CARE) < set(kinds.codes)
    with pytest.raises(AttributeError, match="no attribute 'LEVEL'"):
        schema.LEVEL  # noqa: B018
