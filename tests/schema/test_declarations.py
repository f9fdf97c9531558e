"""Declarations in TOML: read once, checked by frozen models, loaded when first asked for."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from stepdown.errors import ConfigError, StudyError
from stepdown.schema import INTERVALS, MISSING, NEEDS, EndpointSpec, endpoint, endpoints
from stepdown.schema.declarations import Declaration, Text, checked, read_toml, shipped_toml


class Example(Declaration):
    label: Text
    days: int = 1


@pytest.mark.parametrize("error", [ConfigError, StudyError])
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path, error: type[Exception]) -> None:
    def said(content: bytes | None) -> str:
        path = tmp_path / "mine.toml"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(error) as caught:
            read_toml(path, error=error)
        return str(caught.value).splitlines()[1].strip()

    assert said(None) == "1. mine.toml does not exist. Check the path."
    assert said(b'label = "\xe9"') == "1. mine.toml is not UTF-8 text. Save the file as UTF-8."
    wrong = "1. mine.toml is not valid TOML (at line 2, column 8). Correct that line."
    assert said(b'label = "x"\ndays = secret\n') == wrong


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes('\ufefflabel = "é"'.encode())
    assert read_toml(tmp_path / "mine.toml") == {"label": "é"}


def test_what_breaks_the_model_is_named_all_at_once_and_without_its_value() -> None:
    with pytest.raises(StudyError) as caught:
        checked(Example, {"label": " ", "days": "secret", "day": 2}, file="mine.toml", error=StudyError)
    assert str(caught.value).splitlines() == [
        "3 problems found:",
        "  1. mine.toml.label is blank. Give it a text.",
        "  2. mine.toml.days must be a whole number. Write it without quotes or decimals.",
        "  3. mine.toml.day is not a known key. Remove it, or check its spelling. Known keys here: days, label.",
    ]


def test_a_declaration_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        endpoint("first_use@1").version = 2


def test_nothing_is_read_on_import() -> None:
    code = (
        "import stepdown.schema, stepdown.study\n"
        "from stepdown.schema import columns, endpoint_definitions\n"
        "print(columns.tables.cache_info().misses, endpoint_definitions.endpoints.cache_info().misses)\n"
        "stepdown.schema.endpoints(); stepdown.schema.TABLES\n"
        "print(columns.tables.cache_info().misses, endpoint_definitions.endpoints.cache_info().misses)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "1", "1"]


def test_an_endpoint_has_its_own_values_over_those_of_its_family_over_the_defaults() -> None:
    raw = shipped_toml("stepdown.schema", "endpoints/daily.toml")
    assert raw["families"]["claim"]["family"] == "admission"
    assert raw["families"]["admission"]["family"] == "recorded"
    claim = endpoint("claim_definite@1")
    assert claim.needs == ("certainty",)
    assert claim.onset == "The day of the claim."
    assert claim.parameters == endpoint("readmission@1").parameters
    assert claim.missing == ("as_defined",)
    assert claim.interval == tuple(INTERVALS)
    # Of a rule, the settings that an endpoint leaves out are those of its family.
    rule = endpoint("ling_1998_reduction_a@1").rule
    assert (rule.name, rule.missing, rule.mixed, rule.last) == ("negative_share", "dropped", "kept", 15)
    assert rule.arguments == {"last": 15}


@pytest.mark.parametrize("spec", endpoints(), ids=lambda spec: spec.name)
def test_an_endpoint_is_declared_in_full(spec: EndpointSpec) -> None:
    assert spec.sentence.endswith(".")
    assert spec.missing_rule.endswith(".")
    assert set(spec.missing) <= set(MISSING)
    assert spec.missing[0] == "as_defined"
    assert {name for need in spec.needs for name in need.split("|")} <= set(NEEDS)
    if spec.as_outcome:
        assert set(spec.interval) == set(INTERVALS)
        assert spec.onset.endswith(".")
        assert spec.confirmed.endswith(".")
        assert spec.competing == ("death", "incarceration")
    elif not spec.secondary:
        assert (spec.interval, spec.onset, spec.confirmed, spec.competing) == ((), "", "", ())


def test_names_are_unique_and_an_unknown_one_is_an_error() -> None:
    names = [spec.name for spec in endpoints()]
    assert len(set(names)) == len(names) == 65
    with pytest.raises(KeyError):
        endpoint("first_use@2")
