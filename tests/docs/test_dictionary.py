"""The data dictionary says what the declarations say."""

from stepdown.schema import TABLES
from tools import docs_pages as docs


def test_every_column_has_one_row_with_its_codes() -> None:
    lines = docs.data_dictionary().splitlines()
    for table in TABLES:
        start = lines.index(f"## {table.name}")
        rows = [line for line in lines[start:] if line.startswith("| `")]
        for column, row in zip(table, rows, strict=False):
            cells = [cell.strip() for cell in row.strip("|").split(" | ")]
            assert cells[0] == f"`{column.name}`"
            assert cells[1] == column.meaning
            assert all(f"`{code}`" in cells[4] for code in column.codes)


def test_ranges_and_needs_are_said() -> None:
    text = docs.data_dictionary()
    assert (
        "| `age` | Age at admission; over 89 is an identifier. | number | years | 12 to 89 | admission |  | yes |"
        in text
    )
    assert "| `client_id` | A random label of the person, never derived from an identifier. | id |" in text
    assert "| always, never missing |" in text
    assert "- `start_day` may not come after `end_day`." in text
