"""A file that lost rows since the last report is named on the first page."""

import json
from pathlib import Path

from stepdown.report.rows_before import fewer_rows

TITLE = "Our program"


def manifest(folder: Path, services: int, *, title: str = TITLE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"file": "cohort.toml", "rows": 0}, {"file": "services.csv", "rows": services}]
    (folder / "manifest.json").write_text(json.dumps({"title": title, "inputs": rows}), encoding="utf-8")


def warning(out: Path, services: int) -> str:
    inputs = [("cohort.toml", "", 0), ("services.csv", "", services), ("new.csv", "", 3)]
    return fewer_rows(inputs, title=TITLE, out=out)


def test_the_report_that_stood_in_the_folder(tmp_path: Path) -> None:
    manifest(tmp_path / "out", 18_464)
    assert warning(tmp_path / "out", 10_000) == (
        "Since the last report (out), files have lost rows: services.csv holds 10,000 rows; it had 18,464. Compare "
        "them with their source before you use this report."
    )
    assert warning(tmp_path / "out", 18_464) == ""


def test_rows_of_a_public_report_are_rounded(tmp_path: Path) -> None:
    manifest(tmp_path, 10_850)
    content = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    rounded = content | {"disclosure": {"threshold": 11, "base": 5}}
    (tmp_path / "manifest.json").write_text(json.dumps(rounded), encoding="utf-8")
    # 10,825 to 10,875 are printed as 10,850.
    assert warning(tmp_path, 10_825) == ""
    assert "services.csv holds 10,824 rows; it had at least 10,825." in warning(tmp_path, 10_824)


def test_the_last_of_the_folders_beside_it(tmp_path: Path) -> None:
    for name, many in (("2025Q4", 900), ("2026Q1", 100), ("2026Q3", 500)):
        manifest(tmp_path / name, many)
    manifest(tmp_path / "2026Q1b", 700, title="Another program")
    assert warning(tmp_path / "2026Q2", 100) == ""
    assert "(2026Q1)" in warning(tmp_path / "2026Q2", 99)
    assert warning(tmp_path / "2025Q3", 1) == ""


def test_a_damaged_manifest_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"title": "Our program", "inputs": [{"file": 1}]}', "[" * 100_000):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        assert warning(tmp_path, 1) == ""
