"""Public reports: refusals in their exact words, the list of releases, and planted values."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import stepdown as sd
from stepdown import Analysis, Results, write_analysis
from stepdown.cli.reports import folder_of
from stepdown.display.section import Section
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ReportError
from stepdown.release import release
from stepdown.release.release_record import named
from stepdown.release.released_words import released_sentence
from stepdown.report import public_report
from stepdown.report.manifest import manifest
from stepdown.report.page import BANNER, PUBLIC_BANNER, banner_of, framed
from stepdown.report.public_report import for_publication, refuse_other_audience, refuse_other_study
from stepdown.report.public_sections import _WITHOUT_FOLLOW_UP, parts_of
from stepdown.report.sections import SECTIONS
from stepdown.results import rows, write_table
from support_analysis import exact

ROOT = Path(__file__).parents[2]
ONE_SITE = ROOT / "data" / "synthetic" / "one_site"


def flow(kept: int, *, more: int = 0) -> Analysis:
    """Return an analysis with two counts."""
    step = {"estimand": "flow", "statistic": "kept", "unit": "discharges"}
    table = rows([
        {**step, "term": "All", "estimate": kept + more},
        {**step, "term": "All", "statistic": "removed", "estimate": 0},
    ])  # fmt: skip
    return replace(exact(), results=table)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_bytes((ONE_SITE / "study.toml").read_bytes())
    return path


def test_a_release_is_recorded_and_repeated_without_a_change(study: Path, tmp_path: Path) -> None:
    first = for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out")
    head = first.record()["releases"]
    files = {path.name: path.read_bytes() for path in (tmp_path / "releases").iterdir()}
    assert sorted(files) == ["0001.json", "head.json"]
    content = json.loads(files["0001.json"])
    assert content["cells"] == {
        "estimand=flow, term=All, statistic=kept, unit=discharges: estimate": 120,
        "estimand=flow, term=All, statistic=removed, unit=discharges: estimate": 0,
    }
    again = for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out")
    assert again.record()["releases"] == head
    assert {path.name: path.read_bytes() for path in (tmp_path / "releases").iterdir()} == files


def test_a_release_that_can_be_subtracted_is_refused(study: Path, tmp_path: Path) -> None:
    for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out").record()
    with pytest.raises(ReportError) as error:
        for_publication(flow(126), study=study, quarter=None, out=tmp_path / "out")
    assert str(error.value).split("\nMore")[0] == (
        "The report is refused: 1 small count follows from it and earlier reports.\n"
        "  Discharges included\n"
        "    discharges kept after the step “All”: change since the report of all quarters\n"
        "No report is written. It is enough to hide 1 number more: with --hide-more (hide_more=True) the report "
        "is made without them."
    )
    assert not (tmp_path / "refused-all.txt").exists()
    found = for_publication(flow(126), study=study, quarter=None, out=tmp_path / "out", hide_more=True)
    kept = found.analysis.results.one(estimand="flow", statistic="kept")
    assert (kept["status"], kept["note"]) == ("suppressed", "small numbers")
    # Another quarter is about other people.
    for_publication(flow(126), study=study, quarter="2026Q3", out=tmp_path / "out").record()
    assert len(list((tmp_path / "releases").glob("0*.json"))) == 2


def test_a_report_that_hid_more_is_repeated_without_a_change(study: Path, tmp_path: Path) -> None:
    for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out").record()
    more = for_publication(flow(126), study=study, quarter=None, out=tmp_path / "out", hide_more=True)
    head = more.record()["releases"]
    files = sorted(path.name for path in (tmp_path / "releases").iterdir())
    assert files == ["0001.json", "0002.json", "head.json"]
    # Neither refused nor recorded again, whether --hide-more is given or not.
    for hide_more in (True, False):
        again = for_publication(
            flow(126), study=study, quarter=None, out=tmp_path / "out", hide_more=hide_more
        )
        assert again.record()["releases"] == head
        assert again.analysis.results.table.equals(more.analysis.results.table)
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == files


def test_a_refusal_that_nothing_mends_says_so(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = public_report.checked_release(flow(120), tmp_path, threshold=11, base=5)
    names = [f"estimand=flow, term=Step {one}, statistic=removed: estimate" for one in range(12)]
    stuck = replace(found, check=replace(found.check, allowed=False), recoverable=tuple(names), extra=("c",))
    monkeypatch.setattr(public_report, "checked_release", lambda *_, **__: stuck)
    with pytest.raises(ReportError) as error:
        for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out", hide_more=True)
    assert str(error.value).split("\nMore")[0] == (
        "The report is refused: 12 small counts follow from it and earlier reports.\n"
        "  Discharges included\n"
        + "".join(f"    discharges left out by the step “Step {one}”\n" for one in range(9))
        + "  and 3 more; all of them are in refused-all.txt, which is internal\n"
        "No report is written. "
        "Nothing that could be hidden would be enough. Keep this report internal (--internal)."
    )
    listed = (tmp_path / "refused-all.txt").read_text(encoding="utf-8").splitlines()
    assert listed[0] == (
        "Internal: small counts that a refused report and earlier reports would give away together."
    )
    assert len(listed) == 14


def test_page_one_states_that_releases_were_lost(study: Path, tmp_path: Path) -> None:
    first = for_publication(flow(120), study=study, quarter=None, out=tmp_path / "out")
    first.record()
    assert "earlier releases" not in first.analysis.wording.released
    (tmp_path / "releases" / "0001.json").unlink()
    then = for_publication(flow(200), study=study, quarter=None, out=tmp_path / "out")
    lost = (
        "1 release was recorded, and none of them are left. This report is checked against the releases that are "
        "left; what it gives away with others is not known."
    )
    assert then.analysis.wording.released == f"{first.analysis.wording.released} {lost}"
    assert banner_of(then.analysis.wording.released)[1].endswith(lost)
    then.record()
    # Every later report states it too.
    last = for_publication(flow(300), study=study, quarter=None, out=tmp_path / "out")
    assert last.analysis.wording.released.endswith(lost)


def test_a_count_of_a_quarter_has_the_name_that_it_has_among_all() -> None:
    whole = "analysis=measures, endpoint=fui@2, estimand=measure, quarter=2026Q3, time=7, statistic=events: estimate"
    alone = "analysis=measures, endpoint=fui@2, estimand=measure, time=7, statistic=events: estimate"
    assert named(alone, "2026Q3") == whole
    assert named(whole, "2026Q3") == whole
    assert named(alone, None) == alone


@pytest.mark.parametrize(("there", "public"), [("public", False), ("internal", True)])
def test_a_report_for_other_readers_is_not_replaced(tmp_path: Path, there: str, public: bool) -> None:
    released = {"releases": ""} if there == "public" else None
    text = manifest(exact(), notebooks=(), outputs={}, quarter=None, released=released)
    folder = tmp_path / "2026Q3"
    refuse_other_audience(folder, public=public)
    folder.mkdir()
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError) as error:
        refuse_other_audience(folder, public=public)
    a, other = ("a public report", "an internal report") if there == "public" else (
        "an internal report", "a public report",
    )  # fmt: skip
    assert str(error.value).split("\nMore")[0] == f"2026Q3 holds {a}. Name another folder for {other}."
    refuse_other_audience(folder, public=not public)


def test_the_report_of_another_study_is_not_replaced(tmp_path: Path) -> None:
    def study_of(folder: str, title: str) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / "study.toml"
        path.write_text(
            f'format = 1\ntitle = "{title}"\ncohort = "cohort.toml"\nseed = 1\n', encoding="utf-8"
        )
        return path

    out, one = tmp_path / "reports" / "all", study_of("one", "Pinewood")
    refuse_other_study(out, study=one)
    head = for_publication(flow(120), study=one, quarter=None, out=out).record()["releases"]
    out.mkdir(parents=True)
    text = manifest(exact(), notebooks=(), outputs={}, quarter="2026Q3", released={"releases": head})
    stated = {**json.loads(text), "title": "Pinewood, 2026Q3"}
    (out / "manifest.json").write_text(json.dumps(stated), encoding="utf-8")
    refuse_other_study(out, study=one)
    with pytest.raises(ReportError) as error:
        refuse_other_study(out, study=study_of("two", "Lakeside"))
    assert str(error.value).split("\nMore")[0] == (
        "all holds the report of another study: “Pinewood”, and not “Lakeside”. Give each study a folder of its "
        "own with --out (out=)."
    )
    # The same study under a new title has the release on its list; under its own, a list without it is lost.
    refuse_other_study(out, study=study_of("one", "Pinewood House"))
    (tmp_path / "one" / "releases" / "0001.json").unlink()
    refuse_other_study(out, study=study_of("one", "Pinewood"))


def test_an_internal_report_hides_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as error:
        sd.run(ONE_SITE / "study.toml", out=tmp_path / "out", internal=True, hide_more=True)
    assert str(error.value).split("\nMore")[0] == (
        "An internal report hides nothing, so hide_more (--hide-more) is of no use to it. Leave out one of the two."
    )
    assert folder_of("2026Q3", internal=False) == Path("reports", "2026Q3")
    assert folder_of("2026Q3", internal=True) == Path("reports", "2026Q3-internal")


def test_the_banner_says_what_kind_of_report_it_is() -> None:
    assert banner_of("")[0] == BANNER == "INTERNAL: NOT REVIEWED FOR RELEASE"
    phrase = "PREPARED UNDER STATED DISCLOSURE RULES; YOUR PRIVACY OFFICER DECIDES"
    assert banner_of("Rules.") == (PUBLIC_BANNER, "Rules.") == (phrase, "Rules.")
    # The rules follow the banner, which is not said twice.
    assert banner_of(released_sentence(11, 5)) == (
        phrase,
        "Counts from 1 to 10, and what follows from them, are not shown; other counts are rounded to 5, and results "
        "are computed from rounded counts.",
    )
    assert "INTERNAL" not in framed("<p>x</p>", title="t", released="Rules.")


def shown(parts: tuple[Text | Table, ...]) -> tuple[object, ...]:
    section = Section(key="x", title="Title", parts=lambda a: parts)
    return parts_of(section, release(flow(120)).analysis)


def test_what_is_left_out_says_why_in_tables_and_text() -> None:
    table = Table("Caption", ("A", "B"), (("x", "not shown"), ("y", "not shown to not shown"), ("z", "14")))
    text = Text(
        ("It was 20 of 40 people, not shown of them later. not shown of not shown left. All else holds.",)
    )
    found = shown((table, text))
    assert isinstance(found[0], Table)
    assert found[0].rows == (
        ("x", "not shown: small numbers"),
        ("y", "not shown: small numbers"),
        ("z", "14"),
    )
    wide = Table(
        "Caption",
        ("A", "B", "C"),
        (("x", "not shown", "14"), ("y", "not shown: too few", "15")),
        ("A note.",),
    )
    (table,) = shown((wide,))[:1]
    assert isinstance(table, Table)
    assert table.rows == (("x", "not shown", "14"), ("y", "not shown: too few", "15"))
    assert table.notes == ("A note.", "Not shown: small numbers.")
    assert str(found[1]) == (
        "It was 20 of 40 people, (not shown: small numbers) of them later. Not shown: small numbers. "
        "All else holds."
    )


def test_a_table_of_which_nothing_is_left_is_a_sentence() -> None:
    hidden = Table(
        "Contacts made",
        ("Day", "Made", "Known", "p"),
        (("30", "not shown", "not shown to not shown", ""),),
        ("A note.",),
    )
    shown_in_part = Table("Care", ("Level", "All"), (("IOP", "not shown"), ("PHP", "no events")))
    found = shown((hidden, shown_in_part))
    assert str(found[0]) == "Contacts made: not shown: small numbers."
    assert isinstance(found[1], Table)


def test_the_reason_is_said_once() -> None:
    text = Text(
        (
            "It was not shown of not shown. Of not shown due not shown were seen. All else holds.",
            "Of not shown discharges: not shown PHP and not shown IOP.",
            "Median: 40 days.",
        )
    )
    assert shown((text,))[0].paragraphs == (  # type: ignore[union-attr]
        "Not shown: small numbers. All else holds.",
        "Median: 40 days.",
        "Not shown: small numbers.",
    )


def test_sections_that_a_quarter_not_complete_has_exist() -> None:
    assert {*_WITHOUT_FOLLOW_UP} <= {*SECTIONS}


def test_a_section_that_needs_a_number_says_that_it_is_not_shown() -> None:
    def fails(a: Analysis) -> tuple[Text, ...]:
        return (Text((str(a.results.one(estimand="risk")),)),)

    found = parts_of(Section(key="x", parts=fails), release(flow(120)).analysis)
    assert str(found[0]) == "This part is not shown: small numbers."


def test_planted_ids_and_rare_values_are_in_no_byte(tmp_path: Path) -> None:
    """Everything of a public report is made from the released analysis: its file is searched, and the others."""
    tables = {name: pd.read_csv(ONE_SITE / f"{name}.csv", dtype=str) for name in (
        "discharges", "followup", "observations", "services",
    )}  # fmt: skip
    clients = tables["discharges"]["client_id"].drop_duplicates().head(50)
    planted = {client: f"PLANTED{number}" for number, client in enumerate(clients)}
    for name, table in tables.items():
        kept = table[table["client_id"].isin(clients)]
        kept = kept.assign(client_id=kept["client_id"].map(planted))
        if name == "discharges":
            few = [number in (3, 4) for number in range(len(kept))]
            kept = kept.assign(
                episode_id=[f"PLANTEDSTAY{number}" for number in range(len(kept))],
                site_id=kept["site_id"].mask(few, "PLANTEDSITE"),
                track=pd.Series("usual", index=kept.index).mask(few, "PLANTEDTRACK"),
            )
        kept.to_csv(tmp_path / f"{name}.csv", index=False)
    text = (ONE_SITE / "cohort.toml").read_text(encoding="utf-8")
    covariate = (
        '[tables.discharges.covariates]\ntrack = { from = "track", type = "category", known = "admission" }\n'
    )
    (tmp_path / "cohort.toml").write_text(
        text.replace("[tables.services]", f"{covariate}\n[tables.services]", 1)
    )
    protocol = (ONE_SITE / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(f'{protocol}\n[measures]\nrun = ["fui"]\n', encoding="utf-8")
    analysis = sd.analyze(tmp_path / "study.toml")
    write_analysis(analysis, tmp_path / "internal.json")
    assert b"PLANTED" in (tmp_path / "internal.json").read_bytes()
    found = for_publication(analysis, study=tmp_path / "study.toml", quarter=None, out=tmp_path / "out")
    stated = found.record()
    write_analysis(found.analysis, tmp_path / "released.json")
    write_table(found.analysis.results, tmp_path / "results.csv")
    text = manifest(found.analysis, notebooks=(), outputs={}, quarter=None, released=stated)
    made = [path.read_bytes() for path in (tmp_path / "releases").iterdir()]
    made += [(tmp_path / name).read_bytes() for name in ("released.json", "results.csv")]
    assert not any(b"PLANTED" in one for one in (*made, text.encode()))
    assert isinstance(found.analysis.results, Results)
