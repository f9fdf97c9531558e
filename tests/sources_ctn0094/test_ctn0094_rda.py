"""The same cohort from the R files of the package: as pyreadr writes them, and as R itself does."""

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from stepdown.schema import Cohort
from stepdown.sources import check_cohort, load
from support_ctn0094 import draw_tables, write_cohort, write_tables

pytestmark = pytest.mark.slow

pyreadr = pytest.importorskip("pyreadr", reason="RDA NOT TESTED: the extra formats is not installed")

PEOPLE = """
3: 51 Inpatient_NR-NTX 4 | detox -6 5 | induct 2 | dose 6 34 | visit 9 16 | temp 9 16 | heroin 14 | pattern -+oo
10: 27 Methadone 3 | induct never | visit 8 15 | missed WK3 is_in_jail | opioid 15 | pattern -+oo
11: 30 Outpatient_BUP_+_SMM 0 | again 9 | induct 0 | visit 5 | pattern -o oo
"""
# Factors, and all numbers as doubles, as the package has them.
SCRIPT = """
for (file in list.files(pattern = "csv$")) {
  name <- sub("[.]csv$", "", file)
  table <- read.csv(file, stringsAsFactors = TRUE, na.strings = "NA", colClasses = c(Phase_2 = "character"))
  for (column in names(table)) if (is.integer(table[[column]])) table[[column]] <- as.numeric(table[[column]])
  assign(name, table)
  save(list = name, file = paste0(name, ".rda"))
}
"""


@pytest.fixture
def expected(tmp_path: Path) -> Cohort:
    write_tables(tmp_path / "tables", draw_tables(PEOPLE))
    return load(write_cohort(tmp_path))


def same_cohort(found: Cohort, expected: Cohort) -> None:
    for name in ("discharges", "services", "observations", "followup"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_written_by_pyreadr(tmp_path: Path, expected: Cohort) -> None:
    for name, frame in draw_tables(PEOPLE).items():
        numbers = {column: "float64" for column in frame if str(frame[column].dtype) == "Int64"}
        path = tmp_path / "tables" / f"{name}.rda"
        pyreadr.write_rdata(str(path), frame.astype(numbers), df_name=name)
    found = load(write_cohort(tmp_path, more='format = "rda"'))
    same_cohort(found, expected)
    assert found.inputs[1].name == "everybody.rda"


def test_written_by_r(tmp_path: Path, expected: Cohort) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("RDA OF R NOT TESTED: no Rscript here")
    for name, frame in draw_tables(PEOPLE).items():
        frame.to_csv(tmp_path / "tables" / f"{name}.csv", index=False, na_rep="NA")
    (tmp_path / "tables" / "write.R").write_text(SCRIPT, encoding="utf-8")
    subprocess.run(
        ["Rscript", "--vanilla", "write.R"], cwd=tmp_path / "tables", check=True, capture_output=True
    )
    same_cohort(load(write_cohort(tmp_path, more='format = "rda"')), expected)


def test_an_rda_of_another_name_is_refused(tmp_path: Path, expected: Cohort) -> None:
    for name, frame in draw_tables(PEOPLE).items():
        numbers = {column: "float64" for column in frame if str(frame[column].dtype) == "Int64"}
        path = tmp_path / "tables" / f"{name}.rda"
        inside = "urine" if name == "uds" else name
        pyreadr.write_rdata(str(path), frame.astype(numbers), df_name=inside)
    found = check_cohort(write_cohort(tmp_path, more='format = "rda"'))
    assert [str(one) for one in found] == [
        "uds.rda cannot be read, or has no table of its own name. Copy it again from the package."
    ]
