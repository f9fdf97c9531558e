"""A cohort file and its tables become a cohort with declared types."""

import pandas as pd
import pytest

from stepdown.errors import ConfigError, DataError
from stepdown.schema import DTYPES, TABLES, InputFile
from stepdown.sources import check_cohort, load
from stepdown.sources.read import files
from support_sources import DATES, DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write

STAYS = """
id in out
07 0 28
08 5 30
"""


def test_four_tables_have_the_declared_types(tmp_path):
    path = write(
        tmp_path,
        HEAD + DISCHARGES + SERVICES + OBSERVATIONS + FOLLOWUP,
        discharges=STAYS,
        services="id level day\n07 iop 35",
        observations="id day finding\n08 60 positive",
        followup="id from to\n07 28 90\n08 30 60",
    )
    cohort = load(path)
    for table in TABLES:
        frame = getattr(cohort, table.name)
        assert {column.name for column in table.core} <= set(frame)
        for name in frame:
            assert frame[name].dtype == DTYPES[table[name].kind], name
    assert cohort.discharges["client_id"].tolist() == ["07", "08"]
    assert cohort.discharges["episode_id"].tolist() == ["1", "2"]
    assert cohort.services["end_day"].tolist() == [35]
    assert cohort.services["level"].cat.categories.tolist() == list(TABLES[0]["level"].codes)
    assert cohort.observations["finding"].tolist() == ["positive"]
    assert cohort.followup[["start_day", "end_day"]].to_numpy().tolist() == [[28, 90], [30, 60]]
    assert [(file.name, file.rows) for file in cohort.inputs] == [
        ("cohort.toml", 0),
        ("discharges.csv", 2),
        ("services.csv", 1),
        ("observations.csv", 1),
        ("followup.csv", 2),
    ]


def test_inputs_carry_the_hash_of_the_bytes(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 0 9")
    # sha256sum of the 16 bytes "id,in,out\n1,0,9\n"
    assert load(path).inputs[1] == InputFile(
        name="discharges.csv",
        sha256="9fcd61cc11454c1d04e56b9b1ff6fd2ab5a14936246d3e84865548b5e0d094fe",
        rows=1,
    )


def test_a_file_that_is_written_meanwhile_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 0 9")
    hashed = files.file_hash

    def saved_meanwhile(place):
        found = hashed(place)
        if place.name == "discharges.csv":
            place.write_text("id,in,out\n1,0,9\n2,0,9\n")
        return found

    monkeypatch.setattr(files, "file_hash", saved_meanwhile)
    assert said(check_cohort(path)) == [
        "discharges.csv changed while it was read. Wait until it is written to the end, and run again."
    ]


def test_tables_that_are_not_mapped_are_there_and_empty(tmp_path):
    cohort = load(write(tmp_path, HEAD + DISCHARGES, discharges=STAYS))
    assert len(cohort.services) == len(cohort.observations) == len(cohort.followup) == 0
    assert "age" not in cohort.discharges
    assert cohort.discharges["level"].isna().all()


def test_dates_become_days_and_quarters(tmp_path):
    config = DATES + DISCHARGES.replace('"out"', '{ from = "out", format = "%m/%d/%Y" }')
    cohort = load(
        write(tmp_path, config, discharges="id in out\n1 2026-06-01 06/30/2026\n2 2026-06-01 07/01/2026")
    )
    # date -d 2026-06-30 +%s / 86400
    assert cohort.discharges["discharge_day"].tolist() == [20634, 20635]
    assert cohort.discharges["admit_day"].tolist() == [20605, 20605]
    assert cohort.discharges["quarter"].tolist() == ["2026Q2", "2026Q3"]
    assert cohort.data_cut == 20726


def test_values_codes_units_and_flags(tmp_path):
    config = (
        HEAD
        + DISCHARGES
        + """
level = { value = "residential" }
age = { from = "months", unit = "months" }
discharge_reason = { from = "rsn", codes = { 1 = "completed", 2 = "other" }, unknown = "missing" }
sex = "sex"
employed = { from = "job", codes = { works = true, none = false } }
referred = "ref"
[tables.discharges.covariates]
asi = { from = "ASI", type = "number", known = "admission", meaning = "Drug composite." }
ward = { from = "ward", type = "category", known = "discharge" }
"""
    )
    data = """
    id in out months rsn sex job ref ASI ward
    1 0 9 480 1 Female works Y 0.25 10
    2 0 9 486 3 male none n NA 9
    3 0 9 NA 2 NA NA NA 1e-1 10
    """
    cohort = load(write(tmp_path, config, discharges=data))
    frame = cohort.discharges
    assert frame["level"].tolist() == ["residential"] * 3
    assert frame["age"].fillna(-1).tolist() == [40.0, 40.5, -1.0]
    assert frame["discharge_reason"].astype(object).fillna("?").tolist() == ["completed", "?", "other"]
    assert frame["sex"].astype(object).fillna("?").tolist() == ["female", "male", "?"]
    assert frame["employed"].astype(object).where(frame["employed"].notna(), "?").tolist() == [
        True,
        False,
        "?",
    ]
    assert frame["referred"].tolist()[:2] == [True, False]
    assert frame["asi"].fillna(-1).tolist() == [0.25, -1.0, 0.1]
    assert frame["ward"].cat.categories.tolist() == ["9", "10"]
    assert [(column.name, column.kind, column.known) for column in cohort.covariates] == [
        ("asi", "number", "admission"),
        ("ward", "code", "discharge"),
    ]
    assert cohort.column("ward").codes == ("9", "10")


def test_flat_rows_follow_when_and_empty_events_make_no_row(tmp_path):
    config = (
        HEAD
        + """
[flat]
file = "flat.csv"
discharges = { client_id = "id", admit_day = { value = 0 }, discharge_day = "los" }
services = [
  { level = { value = "iop" }, start_day = "iop" },
  { level = { value = "php" }, start_day = "php" },
]
observations = [
  { day = "time", finding = { value = "positive" }, when = { censor = 1, arm = ["a", "b"] } },
  { day = "death", finding = { value = "death" }, source = { value = "registry" } },
]
followup = [{ start_day = { value = 0 }, end_day = "time" }]
"""
    )
    data = """
    id los time censor arm iop php death
    1 30 90 1.0 a 31 NA NA
    2 30 80 0 a NA NA 80
    3 30 70 1 c 40 35 NA
    """
    cohort = load(write(tmp_path, config, flat=data))
    assert cohort.services[["client_id", "level", "start_day"]].astype(object).to_numpy().tolist() == [
        ["1", "iop", 31],
        ["3", "iop", 40],
        ["3", "php", 35],
    ]
    assert cohort.observations[["client_id", "day", "finding"]].astype(object).to_numpy().tolist() == [
        ["1", 90, "positive"],
        ["2", 80, "death"],
    ]
    assert cohort.observations["source"].astype(object).fillna("?").tolist() == ["?", "registry"]


def test_a_row_that_when_asks_for_must_have_its_day(tmp_path):
    config = (
        HEAD
        + """
[flat]
file = "flat.csv"
discharges = { client_id = "id", discharge_day = "los" }
observations = [{ day = "time", finding = { value = "positive" }, when = { censor = 1 } }]
followup = [{ start_day = { value = 0 }, end_day = { value = 99 } }]
"""
    )
    path = write(tmp_path, config, flat="id los time censor\n1 30 90 0\n2 30 NA 1")
    assert said(check_cohort(path)) == [
        "observations.day is missing: 1 row, at position 1 (row 3 of the file). "
        "Fill the cells; where only the contact that shows the finding is known, give its day as day, and "
        "since_day."
    ]


def test_own_operations_recodes_clients_whatever_the_order_of_rows(tmp_path):
    config = HEAD.replace("synthetic", "own_operations") + DISCHARGES + SERVICES
    path = write(
        tmp_path,
        config + 'hours = "h"\n',
        discharges="id in out ssn\nX9 0 9 111-22-3333\nA1 0 9 111-22-4444",
        services="id level day h\nA1 iop 10 3\nX9 php 11 5",
    )
    cohort = load(path)
    assert cohort.discharges["client_id"].tolist() == ["2", "1"]
    assert cohort.services["client_id"].tolist() == ["1", "2"]
    assert cohort.dropped == ("discharges.csv: ssn",)
    # Draws follow these ids: with the rows in another order everybody keeps theirs.
    (tmp_path / "discharges.csv").write_text("id,in,out,ssn\nA1,0,9,111-22-4444\nX9,0,9,111-22-3333\n")
    assert load(path).discharges["client_id"].tolist() == ["1", "2"]
    assert load(path).services["client_id"].tolist() == ["1", "2"]


def test_a_cohort_is_the_same_each_time(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES, discharges=STAYS)
    pd.testing.assert_frame_equal(load(path).discharges, load(path).discharges)


def test_schedule_and_sites_come_along(tmp_path):
    config = (
        HEAD
        + DISCHARGES
        + 'site_id = "site"\n[schedule]\nvisits = [30, 90]\nafter = 14\n[sites]\n"07" = "Site G"\n'
    )
    cohort = load(write(tmp_path, config, discharges="id in out site\n1 0 9 07"))
    assert (cohort.schedule.visits, cohort.schedule.before, cohort.schedule.after) == ((30, 90), 0, 14)
    assert cohort.sites == {"07": "Site G"}
    assert cohort.discharges["site_id"].tolist() == ["07"]


def test_load_raises_what_check_lists(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 9 0\n2 x 9")
    with pytest.raises(DataError) as raised:
        load(path)
    assert list(raised.value.problems) == check_cohort(path)
    assert len(check_cohort(path)) == 2
    path.write_text("format = 2", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert list(refused.value.problems) == check_cohort(path)


def test_unknown_codes_can_become_other_or_missing(tmp_path):
    config = (
        HEAD
        + DISCHARGES
        + 'sex = { from = "sex", unknown = "other" }\nlevel = { from = "level", unknown = "missing" }\n'
    )
    cohort = load(
        write(tmp_path, config, discharges="id in out sex level\n1 0 9 male iop\n2 0 9 x x\n3 0 9 NA NA")
    )
    assert cohort.discharges["sex"].astype(object).fillna("?").tolist() == ["male", "other", "?"]
    assert cohort.discharges["level"].astype(object).fillna("?").tolist() == ["iop", "?", "?"]


def test_own_operations_makes_labels_of_stays_anew(tmp_path):
    config = HEAD + DISCHARGES + 'episode_id = "ep"\n'
    data = "id in out ep\n1 0 9 E77\n1 10 19 E78"
    assert load(write(tmp_path, config, discharges=data)).discharges["episode_id"].tolist() == ["E77", "E78"]
    path = write(tmp_path, config.replace("synthetic", "own_operations"), discharges=data)
    assert load(path).discharges["episode_id"].tolist() == ["1", "2"]


def test_plans_may_lie_after_the_data_cut(tmp_path):
    config = HEAD + "data_cut = 9\n" + DISCHARGES + 'appointment_day = "appt"\n'
    assert len(load(write(tmp_path, config, discharges="id in out appt\n1 0 9 14")).discharges) == 1
