"""UIS, a real cohort with one row a client, through the flat form and no code of its own."""

import pytest

from stepdown.sources import load
from support_real import real_data

COHORT = """
format = 1
basis = "limited_data_set"
clock = "day"
[flat]
file = "{file}"
discharges = {{ client_id = "id", admit_day = {{ value = 0 }}, randomization_day = {{ value = 0 }}, discharge_day = "los", site_id = "site", age = "age", prior_treatments = "ndrugtx" }}
observations = [{{ day = "time", finding = {{ value = "positive" }}, source = {{ value = "self_report" }}, when = {{ censor = 1 }} }}]
followup = [{{ start_day = {{ value = 0 }}, end_day = "time" }}]
[flat.covariates]
treat = {{ from = "treat", type = "category", known = "randomization" }}
beck = {{ from = "beck", type = "number", known = "admission" }}
los = {{ from = "los", type = "integer", known = "discharge" }}
"""


@pytest.mark.real
def test_uis_is_read_as_its_provenance_says(tmp_path):
    file = real_data() / "uis" / "uis_628.csv"
    (tmp_path / "cohort.toml").write_text(COHORT.format(file=file.as_posix()), encoding="utf-8")
    cohort = load(tmp_path / "cohort.toml")
    # PROVENANCE.md: 628 clients, 508 events, 82 whose stay ends on the day of the event or of censoring.
    assert len(cohort.discharges) == len(cohort.followup) == 628
    assert len(cohort.observations) == 508
    assert (cohort.discharges["los"] == cohort.followup["end_day"]).sum() == 82
    assert cohort.discharges["age"].isna().sum() == 5
    assert cohort.discharges["beck"].isna().sum() == 33
    assert cohort.discharges["prior_treatments"].isna().sum() == 17
    assert cohort.discharges["treat"].cat.categories.tolist() == ["0", "1"]
    assert cohort.column("treat").known == "randomization"
    assert (cohort.known_day("los") == cohort.discharges["discharge_day"]).all()
    assert cohort.anonymity.columns == ("site_id", "age")
