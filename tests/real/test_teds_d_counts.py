"""TEDS-D against SAMHSA's own frequency table of 2019, and the sample of 2023 against its own counts."""

from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.sources.teds_d import frequency_table, read_teds_d, stays_longer_than
from support_real import real_data

SHARE = 1 / 50


def codebook() -> pd.DataFrame:
    path = real_data() / "teds_d" / "codebook_2019.csv"
    return pd.read_csv(path, keep_default_na=False)


def test_a_file_with_the_official_frequencies_gives_the_official_table(tmp_path: Path) -> None:
    # A file in which each code is as frequent as in the file of 2019, a fiftieth of it.
    book = codebook()
    many = (book["freq_2019"] * SHARE).round().astype(int)
    size = int(many.groupby(book["variable"]).sum().max())
    columns = {}
    for name, rows in book.groupby("variable", sort=False):
        codes = np.repeat(rows["code"].to_numpy(), many[rows.index])
        columns[name] = np.r_[codes, np.repeat(codes[:1], size - len(codes))]
    made = pd.DataFrame(columns)
    made.to_csv(tmp_path / "tedsd_puf.csv", index=False)
    found = frequency_table(read_teds_d(tmp_path / "tedsd_puf.csv"))
    for mine, theirs in (("variable", "variable"), ("code", "code"), ("label", "label")):
        assert found[mine].tolist() == book[theirs].tolist()
    assert found["variable_label"].tolist() == book["variable_label"].tolist()
    counts = [made[name].value_counts() for name in made]
    expected = {(name, code): n for name, one in zip(made, counts, strict=True) for code, n in one.items()}
    keys = zip(found["variable"], found["code"], strict=True)
    assert found["frequency"].tolist() == [expected.get(key, 0) for key in keys]
    # Percentages of the official table, but for the rounding of a fiftieth.
    assert (10 * (found["percent"] - book["pct_2019"])).round().abs().max() <= 1


def test_the_sample_agrees_with_its_own_counts() -> None:
    path = real_data() / "teds_d" / "tedsd_2023_sample1000_recoded.csv"
    found = read_teds_d(path)
    assert found.years == (2023,)
    assert found.renamed == (("SEX", "GENDER"),)
    assert (found.unknown, found.unlisted) == ((), ())
    table = frequency_table(found)
    raw = pd.read_csv(path)
    assert (table.groupby("variable")["frequency"].sum() == 1000).all()
    for name in ("REASON", "SERVICES", "SERVICES_D", "AGE", "NOPRIOR"):
        mine = table[table["variable"] == name].set_index("code")["frequency"]
        assert mine[mine > 0].to_dict() == raw[name].fillna(-9).astype(int).value_counts().to_dict()
    # PROVENANCE.md: of LOS only codes 1 to 6 are left; 661 rows lost theirs.
    assert int(found.table["LOS"].isna().sum()) == 661
    shares = stays_longer_than(found.table["LOS"]).set_index("day")
    assert int(shares.loc[6, "longer"]) == 0
    assert int(shares.loc[1, "n"]) == 339
