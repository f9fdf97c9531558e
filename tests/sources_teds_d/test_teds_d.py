"""The loader of TEDS-D: codes and labels, names of other years, missing values, damage; made files only."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.errors import DataError, DesignError
from stepdown.sources.init.answers import Answers
from stepdown.sources.init.new_files import read_parts
from stepdown.sources.teds_d import (
    frequency_table,
    read_teds_d,
    refuse_relapse_questions,
    stay_bounds,
    stays_longer_than,
    variables,
)

HEADER = "DISYR,CASEID,STFIPS,GENDER,SERVICES_D,LOS,REASON,IDU\n"
ROWS = "2019,1,26,1,4,30,1,0\n2019,2,41,2,7,31,4,-9\n2019,3,26,-9,7,37,2,1\n2019,4,26,1,7,,2,1\n"


def file(tmp_path: Path, text: str, name: str = "tedsd.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_codebook_is_whole() -> None:
    every = variables()
    assert len({one.name for one in every}) == len(every) == 78
    coded = {one.name: one for one in every if one.codes}
    assert len(coded) == 73
    assert [len(coded[name].codes) for name in ("AGE", "LOS", "REASON", "SUB1", "STFIPS")] == [
        12,
        37,
        7,
        19,
        49,
    ]
    names = [name for one in every for name in (one.name, *one.other_names)]
    assert len(names) == len(set(names))


def test_codes_and_missing_values(tmp_path: Path) -> None:
    found = read_teds_d(file(tmp_path, HEADER + ROWS))
    assert found.years == (2019,)
    assert found.renamed == found.unknown == found.unlisted == ()
    assert found.table["GENDER"].isna().tolist() == [False, False, True, False]
    assert found.table["LOS"].isna().tolist() == [False, False, False, True]
    assert found.table["REASON"].tolist() == [1, 4, 2, 2]


def test_the_frequency_table_by_hand(tmp_path: Path) -> None:
    table = frequency_table(read_teds_d(file(tmp_path, HEADER + ROWS)))
    gender = table[table["variable"] == "GENDER"]
    assert gender[["code", "label", "frequency", "percent"]].to_numpy().tolist() == [
        [1, "Male", 2, 50.0],
        [2, "Female", 1, 25.0],
        [-9, "Missing/unknown/not collected/invalid", 1, 25.0],
    ]
    assert table[table["variable"] == "IDU"]["label"].tolist() == [
        "IDU not reported", "IDU reported", "No substances reported",
    ]  # fmt: skip
    # Oregon did not report in 2019, and stands after the codes that the codebook has.
    state = table[table["variable"] == "STFIPS"]
    assert state["label"].iloc[-1] == "Oregon"
    assert (table.groupby("variable")["frequency"].sum() == 4).all()
    assert "CASEID" not in set(table["variable"])


def test_names_of_other_years_and_columns_that_are_not_read(tmp_path: Path) -> None:
    text = "disyr,SEX,SERVSETD,LOS,REASON,NEWVAR\n2023,2,6,5,1,3\n"
    found = read_teds_d(file(tmp_path, text))
    assert found.renamed == (("SEX", "GENDER"), ("SERVSETD", "SERVICES_D"))
    assert found.unknown == ("NEWVAR",)
    assert found.table[["GENDER", "SERVICES_D"]].to_numpy().tolist() == [[2, 6]]


EARLIER = (
    "DISYR,CASEID,AGE,GENDER,RACE,ETHNIC,MARSTAT,EDUC,EMPLOY,DETNLF,PREG,VET,LIVARAG,PRIMINC,ARRESTS,STFIPS,CBSA,REGION,"
    "DIVISION,SERVSETD,METHUSE,DAYWAIT,REASON,LOS,PSOURCE,DETCRIM,NOPRIOR,SUB1,ROUTE1,FREQ1,FRSTUSE1,SUB2,ROUTE2,FREQ2,"
    "FRSTUSE2,SUB3,ROUTE3,FREQ3,FRSTUSE3,NUMSUBS,IDU,ALCFLG,COKEFLG,MARFLG,HERFLG,METHFLG,OPSYNFLG,PCPFLG,HALLFLG,"
    "MTHAMFLG,AMPHFLG,STIMFLG,BENZFLG,TRNQFLG,BARBFLG,SEDHPFLG,INHFLG,OTCFLG,OTHERFLG,ALCDRUG,DSMCRIT,PSYPROB,HLTHINS,"
    "PRIMPAY"
)


@pytest.mark.parametrize("year", [2006, 2014, 2019, 2023])
def test_column_sets_of_other_years_are_read(tmp_path: Path, year: int) -> None:
    """Names of one setting and one area before 2015, and of sex and area from 2020 on."""
    later = {"SERVSETD": "SERVICES_D", "CBSA": "CBSA2010"} if year > 2014 else {}
    later |= {"GENDER": "SEX", "CBSA": "CBSA2020"} if year > 2019 else {}
    header = [later.get(name, name) for name in EARLIER.split(",")]
    row = ",".join("1" if name != "DISYR" else str(year) for name in header)
    found = read_teds_d(file(tmp_path, f"{','.join(header)}\n{row}\n"))
    assert (found.years, found.unknown) == ((year,), ())
    assert {"GENDER", "SERVICES_D", "CBSA2010"} <= set(found.table)
    assert len(found.table.columns) == len(header)


def test_labels_in_place_of_codes_are_the_same_file(tmp_path: Path) -> None:
    coded = read_teds_d(file(tmp_path, HEADER + ROWS))
    labels = {one.name: one for one in variables()}
    frame = pd.read_csv(tmp_path / "tedsd.csv", dtype="Int64")
    for name in ("GENDER", "SERVICES_D", "REASON", "IDU"):
        texts = {**labels[name].codes, -9: labels[name].missing}
        frame[name] = frame[name].map(texts).astype("object")
    frame["REASON"] = frame["REASON"].str.upper()
    frame.to_csv(tmp_path / "labels.csv", index=False)
    found = read_teds_d(tmp_path / "labels.csv")
    pd.testing.assert_frame_equal(found.table, coded.table, check_dtype=False)


def test_a_label_none_is_an_answer_and_not_missing(tmp_path: Path) -> None:
    text = "DISYR,SERVICES_D,LOS,REASON,SUB1\n2021,7,2,1,None\n2021,7,2,1,Alcohol\n"
    assert read_teds_d(file(tmp_path, text)).table["SUB1"].tolist() == [1, 2]


def test_gzip_and_a_choice_of_variables(tmp_path: Path) -> None:
    path = tmp_path / "tedsd.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    found = read_teds_d(path, only=["GENDER"])
    assert sorted(found.table) == ["DISYR", "GENDER", "LOS", "REASON", "SERVICES_D"]


def test_codes_that_no_list_has_are_counted(tmp_path: Path) -> None:
    found = read_teds_d(file(tmp_path, "DISYR,SERVICES_D,LOS,REASON\n2008,7,2,8\n2008,7,2,1\n"))
    assert found.unlisted == (("REASON", 1),)
    table = frequency_table(found)
    other = table[(table["variable"] == "REASON") & (table["code"] == 8)]
    assert other[["label", "frequency"]].to_numpy().tolist() == [["Not in the code list", 1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "AGE,LOS\n1,2\n",
            "tedsd.csv lacks DISYR, REASON, SERVICES_D. Use a public-use file of TEDS-D (discharges) as SAMHSA "
            "publishes it; TEDS-A (admissions) has no reason for discharge.",
        ),
        (
            "DISYR,SERVICES_D,LOS,REASON\n2019,7,2,1\n2019,7\n",
            "tedsd.csv has rows with more or fewer than 4 cells. Download it again.",
        ),
        (
            "DISYR,SERVICES_D,LOS,REASON\n2019,7,2,done\n2019,7,3,gone\n",
            "tedsd.csv.REASON has cells that are neither a code nor a label of REASON: 2 rows. Use the file as "
            "SAMHSA publishes it.",
        ),
        ("", "tedsd.csv is not a CSV file. Use the file as SAMHSA publishes it."),
    ],
)
def test_what_is_wrong_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError) as error:
        read_teds_d(file(tmp_path, text))
    assert words in str(error.value)


def test_a_path_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.csv does not exist\. Check the path\."):
        read_teds_d(tmp_path / "absent.csv")


RELAPSE = (
    "TEDS-D cannot answer a question about relapse: its rows are discharges that cannot be linked to persons, it "
    "records no use after discharge, and it has no code for partial hospitalization (PHP). Use a cohort with "
    "follow-up after discharge. TEDS-D answers who completed treatment, and how long stays were, by setting."
)


def test_questions_about_relapse_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as error:
        refuse_relapse_questions()
    assert str(error.value) == RELAPSE
    with pytest.raises(DesignError) as error:
        read_parts(file(tmp_path, HEADER + ROWS), tmp_path, Answers())
    assert str(error.value) == RELAPSE


def test_stays_by_hand() -> None:
    low, high = stay_bounds(pd.Series([1, 30, 31, 36, 37, None, 99], dtype="Int64"))
    np.testing.assert_array_equal(low, [1, 30, 31, 181, 366, np.nan, np.nan])
    np.testing.assert_array_equal(high, [1, 30, 45, 365, np.inf, np.nan, np.nan])
    table = stays_longer_than(pd.Series([1, 30, 31, 36, 37, None], dtype="Int64")).set_index("day")
    assert table.loc[[1, 30, 45, 180, 365], "longer"].tolist() == [4, 3, 2, 2, 1]
    assert table.loc[45, "share"] == 0.4
    assert 31 not in table.index


@given(st.lists(st.integers(1, 37), min_size=1, max_size=60))
def test_shares_fall_and_agree_with_counting(codes: list[int]) -> None:
    table = stays_longer_than(pd.Series(codes))
    assert (table["share"].diff().dropna() <= 0).all()
    low, _ = stay_bounds(pd.Series(codes))
    for day, longer in zip(table["day"], table["longer"], strict=True):
        assert longer == (low > day).sum()
