"""Small cohort files and data, written as text."""

from pathlib import Path

HEAD = """\
format = 1
basis = "synthetic"
clock = "day"
missing = ["", "NA"]
"""
DISCHARGES = """
[tables.discharges]
file = "discharges.csv"
[tables.discharges.columns]
client_id = "id"
admit_day = "in"
discharge_day = "out"
"""
SERVICES = """
[tables.services]
file = "services.csv"
[tables.services.columns]
client_id = "id"
level = "level"
start_day = "day"
"""
OBSERVATIONS = """
[tables.observations]
file = "observations.csv"
[tables.observations.columns]
client_id = "id"
day = "day"
finding = "finding"
"""
FOLLOWUP = """
[tables.followup]
file = "followup.csv"
[tables.followup.columns]
client_id = "id"
start_day = "from"
end_day = "to"
"""
DATES = HEAD.replace('clock = "day"', 'clock = "date"\ndata_cut = 2026-09-30')


def write(folder: Path, config: str, **files: str) -> Path:
    """Write a cohort file and its CSV files (spaces between cells become commas); return its path."""
    for name, text in files.items():
        rows = [",".join(line.split()) for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    path = folder / "cohort.toml"
    path.write_text(config, encoding="utf-8")
    return path


def said(problems) -> list[str]:
    """Problems as the lines that a person reads."""
    return [str(problem) for problem in problems]
