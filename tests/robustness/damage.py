"""A small project, and ways in which its files come damaged: by byte, cell, row, column, and key."""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stepdown.sources import bundled

CANARY = "Zyxwvut"
"""Begins every id and many labels of the project: it must not be in any message."""
TABLES = ("discharges.csv", "services.csv", "observations.csv", "followup.csv")
_CLIENTS = 40
_CELLS = (
    *(
        "",
        " ",
        "NA",
        "-1",
        "1e308",
        "9" * 30,
        "2024-02-30",
        "0000-00-00",
        "1/2/3",
        "2024-1-5",
        "99/99/9999",
        "inf",
        "nan",
    ),
    *(
        "=cmd|' /C calc'!A0",
        "\x1b[31mred",
        "\u0663\u0664",
        "TRUE",
        "yes",
        "0",
        "1",
        "2.5",
        "1,5",
        "\u202egnp",
        "x" * 70_000,
    ),
    *(
        'say "no"',
        "two\nlines",
        "a;b",
        "a\tb",
        "\ufeff",
        "\x00",
        "é",
        CANARY,
        "client 7",
        "2031-01-01",
        "1899-12-31",
    ),
)
_VALUES = (
    '""',
    "-1",
    "1e308",
    "[]",
    "{}",
    "true",
    "[1, [2, [3]]]",
    '"\\u001b[31m"',
    "2024-13-45",
    "nan",
    '"' + CANARY + '"',
    "9" * 40,
    "9" * 5_000,
    "0x" + "f" * 5_000,
    "1" + ".x" * 5_000,
)


@dataclass(frozen=True)
class Damage:
    """What was done to which file.

    Attributes
    ----------
    kind, file : str
        Kind of damage, and the file.
    row, column : int
        Row of the file without its header, and column, of a damaged cell; -1 for other damage.
    """

    kind: str
    file: str
    row: int = -1
    column: int = -1


def project(folder: Path) -> Path:
    """Write the project, of the first clients of a bundled one, and return its study file."""
    origin = bundled("synthetic") / "one_site"
    folder.mkdir(parents=True)
    for name in ("cohort.toml", "study.toml"):
        shutil.copy(origin / name, folder / name)
    ids: dict[str, str] = {}
    for name in TABLES:
        head, *rows = _read((origin / name).read_bytes())
        if name == TABLES[0]:
            ids = {row[0]: f"{CANARY}{place}" for place, row in enumerate(rows[:_CLIENTS])}
        kept = [[ids[row[0]], *row[1:]] for row in rows if row[0] in ids]
        (folder / name).write_bytes(_written([head, *kept]))
    return folder / "study.toml"


def damaged(folder: Path, draws: np.random.Generator) -> Damage:
    """Damage one file of a project, in place."""
    kind = str(draws.choice(list(_KINDS), p=_SHARES))
    name = (
        str(draws.choice(("cohort.toml", "study.toml")))
        if kind.startswith("key")
        else str(draws.choice(TABLES))
    )
    path = folder / name
    content, row, column = _KINDS[kind](path.read_bytes(), draws)
    path.write_bytes(content)
    return Damage(kind, name, row, column)


_Made = tuple[bytes, int, int]


def _read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _bytes(content: bytes, draws: np.random.Generator) -> _Made:
    place, more = (
        int(draws.integers(len(content))),
        bytes(draws.integers(0, 256, int(draws.integers(1, 9))).tolist()),
    )
    cut = place + int(draws.integers(0, 400))
    made = (
        content[:place],
        content[:place] + more + content[place + len(more) :],
        content[:place] + more + content[place:],
        content[:place] + content[cut:],
        content[:cut] + content[place:],
        content.decode("utf-8").encode("utf-16"),
        b"\xef\xbb\xbf" + content,
        content.replace(b"\n", b"\r\n"),
        content.replace(b"\n", b"\r"),
        content.replace(b",", b";"),
        content.replace(b",", b"\t"),
        b"",
        more * 50,
        content.replace(b"e", b"\xe9", 3),
    )
    return made[int(draws.integers(len(made)))], -1, -1


def _cell(content: bytes, draws: np.random.Generator) -> _Made:
    rows = _read(content)
    row, column = int(draws.integers(1, len(rows))), int(draws.integers(len(rows[0])))
    rows[row][column] = str(draws.choice(_CELLS))
    return _written(rows), row - 1, column


def _row(content: bytes, draws: np.random.Generator) -> _Made:
    rows = _read(content)
    row, other = (int(place) for place in draws.integers(1, len(rows), 2))
    match int(draws.integers(7)):
        case 0:
            rows.insert(other, list(rows[row]))
        case 1:
            rows[row] = [*rows[row], "more"]
        case 2:
            rows[row] = rows[row][:-1]
        case 3:
            rows.insert(row, [])
        case 4:
            rows.insert(row, list(rows[0]))
        case 5:
            rows.append(["Total", *(str(len(rows)) for _ in rows[0][1:])])
        case _:
            rows = [rows[0], *rows[:0:-1]]
    return _written(rows), -1, -1


def _column(content: bytes, draws: np.random.Generator) -> _Made:
    rows = _read(content)
    column = int(draws.integers(len(rows[0])))
    match int(draws.integers(5)):
        case 0:
            rows = [[cell for place, cell in enumerate(row) if place != column] for row in rows]
        case 1:
            rows[0][column] = str(draws.choice(_CELLS))
        case 2:
            rows[0][column] = rows[0][column - 1]
        case 3:
            rows = [[*row, row[column]] for row in rows]
        case _:
            rows = [
                row if place == 0 else [*row[:column], str(draws.choice(_CELLS)), *row[column + 1 :]]
                for place, row in enumerate(rows)
            ]
    return _written(rows), -1, -1


def _key(content: bytes, draws: np.random.Generator) -> _Made:
    lines = content.decode("utf-8").split("\n")
    line, value = int(draws.integers(len(lines))), str(draws.choice(_VALUES))
    match int(draws.integers(6)):
        case 0:
            del lines[line]
        case 1:
            lines.insert(line, lines[line])
        case 2:
            lines[line] = f"{lines[line].split('=')[0]}= {value}"
        case 3:
            lines.insert(line, f"key{line} = {value}")
        case 4:
            lines = lines[:line]
        case _:
            return _bytes(content, draws)
    return "\n".join(lines).encode("utf-8"), -1, -1


_KINDS: dict[str, Callable[[bytes, np.random.Generator], _Made]] = {
    "bytes": _bytes,
    "cell": _cell,
    "row": _row,
    "column": _column,
    "key": _key,
}
_SHARES = (0.2, 0.35, 0.15, 0.1, 0.2)
