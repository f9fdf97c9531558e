"""The page of relapse definitions tells everything that the registry declares, and every case."""

import pytest

from stepdown.schema import INTERVALS, MISSING, NEEDS, EndpointSpec, endpoints
from tests.cases.parser import cases_of
from tools import docs_pages as docs
from tools.docs_pages.endpoint_pages import folder_of

PAGE = docs.PAGES["endpoints.md"]()
SECTIONS = {part.split("\n", 1)[0]: part for part in PAGE.split("\n## ")}


@pytest.mark.parametrize("spec", endpoints(), ids=lambda spec: spec.name)
def test_everything_that_is_declared_is_told(spec: EndpointSpec) -> None:
    section = SECTIONS[spec.name]
    facts = [spec.sentence, f"**Kind**: `{spec.kind}`", spec.source, spec.missing_rule, spec.week_to_day]
    if spec.doi:
        facts.append(f"[doi:{spec.doi}](https://doi.org/{spec.doi})")
    if spec.kind == "time":
        facts += [f"**Onset**: {spec.onset}", f"**Confirmed**: {spec.confirmed}"]
    for need in spec.needs:
        facts += [NEEDS[name] for name in need.split("|")]
    facts += [f"`{rule}`" for rule in (*spec.missing, *spec.interval)]
    facts += [f"`parameters.{one.name}`**: {one.meaning} {one.default} by default" for one in spec.parameters]
    facts += list(spec.competing)
    assert [fact for fact in facts if fact not in section] == []


def test_every_case_is_in_the_table_of_its_definition() -> None:
    for spec in endpoints():
        mine = cases_of(folder_of(spec), spec.name)
        rows = [line for line in SECTIONS[spec.name].splitlines() if line.startswith("| `")]
        assert len(rows) == len(mine) > 0, spec.name
        for case, row in zip(mine, rows, strict=True):
            cells = [cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")]
            assert cells[2:] == [case.expected, case.why]


def test_every_value_of_a_rule_is_explained() -> None:
    told = SECTIONS["Missing observations, intervals, needs"]
    for words in (MISSING, INTERVALS, NEEDS):
        assert all(f"| `{name}` | {text} |" in told for name, text in words.items())


def test_links_of_the_contents_lead_to_the_sections() -> None:
    contents = SECTIONS["All definitions"]
    for spec in endpoints():
        assert f"| [{spec.name}](#{spec.name.replace('@', '')}) | {spec.kind_in_words} |" in contents
