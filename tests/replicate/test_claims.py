"""The registry of cited effects: each is there, its figure is as cited, a wrong file is refused in words."""

import tomllib
from pathlib import Path

import pytest
from scipy.stats import norm

from stepdown.errors import ConfigError
from stepdown.replicate import Claim, claim_precision, claims, missing_fields, read_claim
from stepdown.sources import bundled, load

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "docs" / "adding-a-claim.md"


def claim(name: str) -> Claim:
    return next(one for one in claims() if one.id == name)


def own_claim(tmp_path: Path, change: tuple[str, str] = ("", ""), name: str = "C24.toml") -> Path:
    text = OWN.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / name
    path.write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    return path


def test_every_cited_effect_is_registered_once() -> None:
    assert [one.id for one in claims()] == [f"C{number:02d}" for number in range(1, 24)]


# The figures as the articles cite them.
CITED = {
    "C01": "0.40 to 0.60", "C03": "0.59", "C04": "1.80 to 2.00", "C06": "0.66", "C07": "2.70", "C09": "0.50 to 0.70",
    "C11": "3.00", "C12": "under 0.43", "C14": "above 0.50", "C18": "2.02", "C22": "above 0.50",
}  # fmt: skip
PEOPLE = {"C03": 1326, "C04": 892, "C05": 2400, "C06": 340, "C07": 1840, "C11": 318924, "C18": 275}


def test_figures_and_numbers_of_people_are_as_cited() -> None:
    assert {name: claim(name).figure for name in CITED} == CITED
    assert {one.id: one.n for one in claims() if one.n is not None} == PEOPLE


def test_a_claim_that_was_not_traced_says_so() -> None:
    assert claim("C04").traced == "As cited; primary study not traced."
    assert claim("C18").traced.startswith("Traced as an analogue of C04")


def test_the_interval_of_a_share_by_hand() -> None:
    # Wilson's interval of 391 of 663 events (59% of half of 1,326 people).
    n, p, z = 663, 391 / 663, norm.ppf(0.975)
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    found = claim_precision(claim("C03"))
    assert found is not None
    low, high = ((p + z**2 / (2 * n) + side * half) / (1 + z**2 / n) for side in (-1, 1))
    # The package's interval is Wilson's with t in place of z, so it is a little wider.
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)
    assert found.rests_on == "50% of the people having an event"


def test_the_interval_of_an_odds_ratio_by_hand() -> None:
    # Woolf: 52% and, at an odds ratio of 3, 76.5% of 159,462 each.
    size, other = 159462, 0.52
    first = 3 * other / (1 - other) / (1 + 3 * other / (1 - other))
    error = sum(1 / (size * p) + 1 / (size * (1 - p)) for p in (first, other)) ** 0.5
    found = claim_precision(claim("C11"))
    assert found is not None
    assert found.high / found.value == pytest.approx(2.718281828 ** (norm.ppf(0.975) * error))


def test_the_interval_of_a_risk_ratio_covers_what_the_log_form_does() -> None:
    found = claim_precision(claim("C07"))
    assert found is not None
    error = (1 / 920 * (1 - 0.81) / 0.81 + 1 / 920 * 0.7 / 0.3) ** 0.5
    width = 2.718281828 ** (norm.ppf(0.975) * error)
    assert (found.low, found.high) == pytest.approx((2.7 / width, 2.7 * width), rel=0.01)


def test_a_figure_without_people_has_no_interval() -> None:
    assert claim_precision(claim("C01")) is None
    assert claim_precision(claim("C23")) is None


def test_what_a_cohort_lacks() -> None:
    cohort = load(bundled("synthetic") / "programs" / "cohort.toml")
    assert missing_fields(claim("C01"), cohort) == ()
    assert missing_fields(claim("C23"), cohort) == ("a measure of how clients see IOP",)
    assert "services.peer_accountability" in missing_fields(claim("C05"), cohort)


def test_the_example_of_the_page_can_be_read(tmp_path: Path) -> None:
    found = read_claim(own_claim(tmp_path))
    precision = claim_precision(found)
    assert precision is not None
    # By hand: 1.5 divided by, and times, exp(1.96 * sqrt(0.4 / 0.6 / 200 + 0.6 / 0.4 / 200)) = 1.226.
    assert (precision.low, precision.high) == pytest.approx((1.5 / 1.226, 1.5 * 1.226), rel=0.01)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("high = 1.5\n", ""), "low and high belong together; give both"),
        (("high = 1.5", "high = 1.2"), "low is above high"),
        (
            ("discharges.appointment_scheduled", "discharges.contact"),
            "it names a column that no table has; write table.column",
        ),
        (('"ratio"', '"equivalence"'), "a claim of equality has a margin, and no other has"),
        (("builder", "bilder"), "C24.toml.bilder is not a known key. Remove it, or check its spelling."),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_claim(own_claim(tmp_path, change))
    assert words in str(error.value)


def test_a_file_is_named_after_its_id(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_claim(own_claim(tmp_path, name="mine.toml"))
    assert "mine.toml.id states the id C24, which is not its name. Name it C24.toml." in str(error.value)


def test_claims_of_the_package_are_data_alone() -> None:
    folder = ROOT / "analysis" / "stepdown" / "replicate" / "claims"
    assert {path.stem for path in folder.iterdir()} == {one.id for one in claims()}
    for path in folder.iterdir():
        assert tomllib.loads(path.read_text(encoding="utf-8"))["id"] == path.stem
