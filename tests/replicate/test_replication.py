"""A replication from end to end: columns, what is kept, pages, and the command."""

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from stepdown.cli import app
from stepdown.errors import ConfigError, ReportError
from stepdown.replicate import ClaimResult, OwnCohort, claims, replicate_claims, replication, show_overview
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_columns import AT_ONCE, column_of
from stepdown.replicate.claim_finding import (
    CITED,
    COLUMNS,
    DONE_RIGHT,
    NO_EFFECT,
    REAL,
    REBUILT,
    ClaimFinding,
)
from stepdown.replicate.claim_pages import claim_page, overview_page
from stepdown.replicate.claim_studies import study_of
from stepdown.replicate.claim_words import design_alone, design_share, real
from stepdown.replicate.own_cohort import SYNTHETIC
from stepdown.replicate.public_data import public_cohort
from stepdown.replicate.real_column import overall
from stepdown.replicate.replication_folder import chosen_claims, folder_files, results_csv
from stepdown.replicate.stop_quoting import stop_quoting
from stepdown.report.page import asks_outside
from stepdown.report.report_folder import verify_folder, write_folder
from stepdown.sources import bundled, from_frames

BUNDLED = bundled("synthetic") / "programs" / "cohort.toml"


def claim(name: str) -> Claim:
    return next(one for one in claims() if one.id == name)


def finding(column: str, estimate: float, low: float, high: float, variant: str = "") -> ClaimFinding:
    return ClaimFinding(
        claim="C18", column=column, variant=variant, estimate=estimate, low=low, high=high, n=275
    )


def made(*found: ClaimFinding, of: str = "C18") -> ClaimResult:
    one = claim(of)
    return ClaimResult(claim=one, findings=found, verdict=overall(one, found, None), by_source={})


@pytest.fixture(autouse=True)
def _no_public_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(tmp_path / "none"))
    public_cohort.cache_clear()
    yield
    public_cohort.cache_clear()


@pytest.fixture(scope="module")
def null() -> tuple[ClaimFinding, ...]:
    one = claim("C18")
    return column_of(one, study_of(one), NO_EFFECT, replicates=12)


def test_without_any_effect_the_design_of_c18_still_gives_a_ratio(null: tuple[ClaimFinding, ...]) -> None:
    figures = {one.variant: one for one in null if one.quantity == "figure" and one.statistic == "estimate"}
    assert list(figures) == ["weak", "TEDS-like", "strong"]
    means = [one.estimate for one in figures.values()]
    # The shares of the worlds, by quadrature: 1.29, 1.46 and 1.65.
    assert means == pytest.approx([1.29, 1.46, 1.65], abs=0.12)
    assert all(one.low < one.estimate < one.high and one.replicates == 12 for one in figures.values())


def test_what_is_kept_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    first = replicate_claims([claim("C23")], cache=tmp_path, progress=steps.append, processes=1)
    assert steps[-1] == "5 of 5 columns done, about 0 s left"
    monkeypatch.setattr(replication, "column_of", lambda *args, **kept: pytest.fail("it is computed again"))
    again = replicate_claims([claim("C23")], cache=tmp_path, progress=steps.append, processes=1)
    assert [str(one) for one in again[0].findings] == [str(one) for one in first[0].findings]
    assert len(steps) == 5
    # A changed claim is another one.
    with pytest.raises(pytest.fail.Exception):
        replicate_claims([claim("C23").model_copy(update={"claim": "Another."})], cache=tmp_path, processes=1)


def test_columns_that_do_not_apply_say_why() -> None:
    handoff, mindset = claim("C07"), claim("C23")
    assert column_of(handoff, study_of(handoff), DONE_RIGHT, replicates=1)[0].note == AT_ONCE
    for column in (REBUILT, NO_EFFECT, DONE_RIGHT):
        (found,) = column_of(mindset, None, column, replicates=1)
        assert found.note == "The claim states no figure, so no cohort can be built to it."
    assert column_of(mindset, None, CITED, replicates=1)[0].note == "No figure is cited."
    assert column_of(mindset, None, "other", replicates=1)[0].note == (
        f"There is no column other; columns are {', '.join(COLUMNS)}."
    )


def test_another_value_in_the_claim_file_gives_another_verdict() -> None:
    data = (finding(REAL, 1.4, 1.2, 1.6, "UIS"),)
    one = claim("C18")
    assert overall(one, data, None).verdict == "differs"
    changed = one.model_copy(update={"low": 1.5, "high": 1.5})
    assert overall(changed, data, None).verdict == "agrees"


def test_a_synthetic_cohort_gives_no_verdict() -> None:
    own = OwnCohort.read(BUNDLED)
    one = claim("C07")
    found = column_of(one, study_of(one), REAL, replicates=1, own=own)
    mine = next(row for row in found if row.variant == "own cohort (synthetic)" and row.quantity == "figure")
    assert 2 < mine.low < mine.estimate < mine.high
    verdict = overall(one, found, own)
    assert (verdict.verdict, verdict.reason.endswith(SYNTHETIC)) == ("cannot be judged", True)


def test_a_real_cohort_gives_one() -> None:
    cohort = OwnCohort.read(BUNDLED).cohort
    tables = {name: getattr(cohort, name) for name in ("discharges", "services", "observations", "followup")}
    own = OwnCohort(
        cohort=from_frames(**tables, basis="own_operations", clock="day", data_cut=cohort.data_cut),
        digest="x",
    )
    one = claim("C07")
    found = column_of(one, study_of(one), REAL, replicates=1, own=own)
    assert overall(one, found, own).reason.startswith("own cohort: 3.09")


def test_how_much_of_a_figure_the_design_gives() -> None:
    # log(1.42) / log(2.02) = 0.499.
    assert design_share(claim("C18"), finding(NO_EFFECT, 1.42, 1.2, 1.7)) == pytest.approx(0.499, abs=0.001)


def test_claims_that_speak_against_themselves_come_first() -> None:
    weak = made(finding(NO_EFFECT, 1.2, 1.0, 1.4, "TEDS-like"))
    strong = made(finding(NO_EFFECT, 2.1, 1.9, 2.3, "TEDS-like"))
    other = made(finding(REAL, 1.4, 1.2, 1.6, "UIS"))
    assert [one for one, _ in stop_quoting([weak, strong, other])] == [strong, other]
    assert stop_quoting([strong])[0][1] == (
        "In a simulated cohort in which the exposure does nothing, the same comparison gives 2.10 (1.90 to 2.30): the "
        "design alone produces all of the figure. A relapse ends or prevents the care, so those who relapse early are "
        "counted as without it."
    )


def test_longer_treatment_is_not_quoted_where_care_that_does_nothing_gives_as_much() -> None:
    rows = [
        finding(NO_EFFECT, 1.5, low, 1.7, name)
        for name, low in (("weak", 1.2), ("TEDS-like", 1.3), ("strong", 1.4))
    ]
    assert stop_quoting([made(*rows, of="C13")])[0][1].startswith(
        "In a simulated cohort in which care does nothing, those with at least 90 days of it are abstinent for a year "
        "more often than those who started and had fewer: by a ratio of 1.50, 1.50 and 1.50 under weak, TEDS-like and "
        "strong selection of clients. A relapse ends or prevents the care"
    )
    assert stop_quoting([made(finding(NO_EFFECT, 1.1, 0.9, 1.3, "TEDS-like"), of="C13")]) == []


def test_an_odds_ratio_quoted_as_times_as_likely() -> None:
    odds = ClaimFinding(
        claim="C11", column=REAL, variant="TEDS-D 2023", estimate=3.66, low=1.64, high=8.17, n=840
    )
    risk = ClaimFinding(
        claim="C11",
        column=REAL,
        variant="TEDS-D 2023",
        quantity="risk_ratio",
        estimate=1.81,
        low=1.22,
        high=2.68,
    )
    assert stop_quoting([made(odds, risk, of="C11")])[0][1] == (
        "3.00 is an odds ratio. TEDS-D 2023 gives a risk ratio of 1.81 (1.22 to 2.68): that is how many times as likely "
        "it is."
    )
    assert stop_quoting([made(odds, of="C11")]) == []


def test_data_that_count_loss_as_relapse_give_an_upper_limit() -> None:
    row = ClaimFinding(claim="C01", column=REAL, variant="UIS", estimate=0.76, low=0.73, high=0.8, n=628)
    verdict = made(row, of="C01").verdict
    assert (verdict.verdict, verdict.reason) == (
        "cannot be judged",
        "UIS: 0.76 (95% CI 0.73 to 0.80); the figure is 0.40 to 0.60. These data count loss to follow-up as a return to "
        "use, so that their share is an upper limit: a lower one is not excluded.",
    )
    low = ClaimFinding(claim="C01", column=REAL, variant="UIS", estimate=0.3, low=0.25, high=0.35, n=628)
    assert made(low, of="C01").verdict.verdict == "differs"
    own = ClaimFinding(
        claim="C01", column=REAL, variant="own cohort", estimate=0.76, low=0.73, high=0.8, n=628
    )
    assert made(own, of="C01").verdict.verdict == "differs"


def test_what_depends_on_selection_is_three_numbers() -> None:
    # C18 is 2.02: log(1.2) / log(2.02) = 0.259, log(1.45) / log(2.02) = 0.528, and 2.1 is more than all of it.
    three = made(
        finding(NO_EFFECT, 2.1, 1.9, 2.3, "strong"),
        finding(NO_EFFECT, 1.45, 1.2, 1.7, "TEDS-like"),
        finding(NO_EFFECT, 1.2, 1.0, 1.4, "weak"),
    )
    assert design_alone(three) == "1.20, 1.45, 2.10: 26% to all of it"
    assert stop_quoting([three])[0][1] == (
        "In a simulated cohort in which the exposure does nothing, the same comparison gives 1.20, 1.45 and 2.10 under "
        "weak, TEDS-like and strong selection of clients: the design alone produces 26% to all of the figure. A relapse "
        "ends or prevents the care, so those who relapse early are counted as without it."
    )


def test_pages_state_what_was_not_traced_and_load_nothing(null: tuple[ClaimFinding, ...]) -> None:
    for one in claims():
        result = made(*column_of(one, None, CITED, replicates=1), of=one.id)
        page = claim_page(result)
        assert ("primary study not traced" in page) == (one.id != "C18")
        assert f"{one.id}:" in page
        assert "The three rules of RCT-DUPLICATE need an estimate from real data" in page
        assert not asks_outside(page)
    page = overview_page([made(*null)], facts=False)
    assert '<a href="C18.html">' in page
    assert not asks_outside(page)


def test_a_folder_is_whole_and_the_same_again(tmp_path: Path, null: tuple[ClaimFinding, ...]) -> None:
    one = claim("C18")
    results = [made(*column_of(one, study_of(one), CITED, replicates=1), *null)]
    files = folder_files(results, own=None, full=False)
    pages = {"report.html", "facts.html", "C18.html"}
    assert set(files) == {"results.csv", "manifest.json", "C18.svg", "forest.svg"} | pages
    assert files == folder_files(results, own=None, full=False)
    write_folder(tmp_path / "out", lambda _: files, ours=frozenset(files))
    assert verify_folder(tmp_path / "out").endswith("as the manifest lists them.")
    assert json.loads(files["manifest.json"])["replicates"] == 200
    assert results_csv(results).splitlines()[-1].startswith("C18,verdict,,cannot be judged,")


def test_the_command_writes_the_pages(tmp_path: Path) -> None:
    out = tmp_path / "reports" / "replication"
    done = CliRunner().invoke(app, ["replicate", "--claim", "C23", "--out", str(out)])
    assert (done.exit_code, done.stdout.strip()) == (0, str(out / "report.html"))
    assert "which no table holds" in (out / "C23.html").read_text(encoding="utf-8")
    # A folder of its own is replaced; one with other files is not.
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    again = CliRunner().invoke(app, ["replicate", "--claim", "C23", "--out", str(out)])
    assert isinstance(again.exception, ReportError)


def test_a_claim_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError) as error:
        chosen_claims(["C99"])
    assert "C99 is no claim of the package; claims are C01, C02," in str(error.value)


def test_the_notebook_shows_each_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown: list[object] = []
    names: dict[str, object] = {"display": shown.append, "own": None, "asked": [claim("C23")]}
    path = Path(__file__).parents[2] / "notebooks" / "04_replication.ipynb"
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            given = "parameters" in cell.metadata.get("tags", [])
            exec(cell.source.split("\n\n")[0] if given else cell.source, names)
    (only,) = shown
    assert "<h2>C23: Seeing IOP as a step backward" in only._repr_html_()  # type: ignore[attr-defined]
    assert "All claims" in show_overview(names["found"])._repr_html_()  # type: ignore[arg-type]


def test_the_e_value_of_a_figure_by_hand() -> None:
    one = claim("C04")
    (found,) = (
        row for row in column_of(one, study_of(one), CITED, replicates=1) if row.quantity == "e_value"
    )
    # VanderWeele and Ding: RR + sqrt(RR (RR - 1)), of the middle of 1.8 to 2.0.
    middle = (1.8 * 2.0) ** 0.5
    assert found.estimate == pytest.approx(middle + (middle * (middle - 1)) ** 0.5)
    assert "E-value 3.20: a cause that nobody recorded" in claim_page(made(found, of="C04"))


def test_a_claim_of_ones_own_is_added_as_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "adding-a-claim.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```toml\n")[1:]]
    names = ("C24.toml", "C24-study.toml", "C25.toml", "C25-study.toml")
    for name, text in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (mine,), folder = chosen_claims([str(tmp_path / "C24.toml")])
    study = study_of(mine, folder)
    rebuilt = column_of(mine, study, REBUILT, replicates=3)
    figure = next(one for one in rebuilt if one.quantity == "figure" and one.statistic == "estimate")
    assert figure.estimate == pytest.approx(1.5, rel=0.15)
    own = column_of(mine, study, REAL, replicates=1, own=OwnCohort.read(BUNDLED))
    assert next(one for one in own if one.variant.startswith("own cohort")).estimate > 1
    # The second one, about care after discharge: over 12 cohorts its landmark has 1.037, as its world has.
    (care,), folder = chosen_claims([str(tmp_path / "C25.toml")])
    found = {one.variant: one for one in column_of(care, study_of(care, folder), DONE_RIGHT, replicates=1)}
    assert found["truth"].estimate == pytest.approx(1.037, abs=0.001)
    assert found["landmark"].estimate == pytest.approx(found["truth"].estimate, rel=0.2)
    assert "Articles" not in claim_page(made(*found.values(), of="C04")).replace("Articles: A.", "")


def test_a_study_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        study_of(claim("C07").model_copy(update={"study": "mine.toml"}), tmp_path)
    assert (
        "C07.toml.study names the study mine.toml, which is neither of the package nor a file beside"
        in str(error.value)
    )


def test_a_synthetic_cohort_is_not_shown_as_real_data() -> None:
    of_both = made(
        finding(REAL, 1.4, 1.2, 1.6, "UIS"), finding(REAL, 1.5, 1.3, 1.7, "own cohort (synthetic)")
    )
    assert real(of_both) == "UIS: 1.40 (1.20 to 1.60) (not real, synthetic cohort: 1.50 (1.30 to 1.70))"
    assert real(made()) == "none"
