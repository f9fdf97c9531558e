"""The brief: a tagged PDF that typst has checked, the same bytes each time, and no text that is a command."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typst

import support_analysis
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ReportError
from stepdown.report import brief as brief_module
from stepdown.report.brief import brief
from stepdown.report.report_parts import ReportPart, report_parts

BANNER, DISCLOSURE = "INTERNAL: not reviewed", "Small numbers are shown."
EVIL = '#panic("x") $x^2$ *b* _i_ `c` <label> @ref [body] {code} \\u{41} // c /* d */ = h "q" #image("/etc/passwd")'


def streams(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of a PDF, and those of its packed streams."""
    yield data
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, flags=re.DOTALL):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            yield packed


def pages(given: str) -> list[bytes]:
    """Return each page as a coarse picture."""
    made = typst.compile(
        brief_module._source(), format="png", ppi=20, ignore_system_fonts=True, sys_inputs={"given": given}
    )
    return made if isinstance(made, list) else [made]


@pytest.fixture(scope="module")
def parts() -> tuple[ReportPart, ...]:
    return report_parts(support_analysis.exact())


@pytest.fixture(scope="module")
def made(parts: tuple[ReportPart, ...]) -> bytes:
    return brief(support_analysis.exact(), parts, banner=BANNER, disclosure=DISCLOSURE)


def test_it_is_tagged_and_declares_pdf_ua(made: bytes) -> None:
    held = b"\n".join(streams(made))
    assert made.startswith(b"%PDF-")
    for mark in (
        b"<pdfuaid:part>1</pdfuaid:part>",
        b"/MarkInfo",
        b"/StructTreeRoot",
        b"(en-US)",
        b"/DisplayDocTitle true",
    ):
        assert mark in held, mark
    assert b"Relapse after residential treatment: IOP or PHP within 14 days" in held
    # The words for those who cannot see a figure.
    assert made.count(b"/S/Figure") == len(re.findall(rb"/S/Figure[^>]*/Alt\(\w", made)) == 2


def test_same_bytes_in_another_folder_and_no_clock(
    made: bytes, parts: tuple[ReportPart, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert brief(support_analysis.exact(), parts, banner=BANNER, disclosure=DISCLOSURE) == made
    held = b"\n".join(streams(made))
    assert not re.search(rb"CreationDate|ModDate|xmp:CreateDate|xmp:ModifyDate|/home/|/tmp/|/work/", held)
    assert set(re.findall(rb"/BaseFont\s*/\w+\+(\w+)", held)) <= {
        b"LibertinusSerif",
        b"NewCMMath",
        b"DejaVuSansMono",
    }


def test_what_it_shows_comes_from_the_sections() -> None:
    a = support_analysis.exact()
    a = replace(a, wording=replace(a.wording, header={"Program": "Site 01", "Data cut": "June 30, 2026"}))
    parts = report_parts(a)
    given = json.loads(brief_module._given(a, parts, banner=BANNER, disclosure=DISCLOSURE))
    blocks = given["blocks"]
    assert blocks[0] == {"kind": "line", "facts": [["Program", "Site 01"], ["Data cut", "June 30, 2026"]]}
    assert blocks[1]["kind"] == "answer"
    first = next(text for part in parts for text in part.texts if text.kind == "answer")
    assert blocks[1]["paragraphs"] == list(first.paragraphs)
    assert [one["text"] for one in blocks if one["kind"] == "heading"] == [
        "Risk of relapse over time", "Comparison of groups", "Follow-up completeness", "Care after discharge",
        "Quality measures", "Study decisions and inputs", "Protocol and reporting checklist", "Disclosure", "Where the numbers come from",
    ]  # fmt: skip
    assert [one["title"] for one in blocks if one["kind"] == "figure"] == [
        "44.2% relapsed by day 90",
        "Relapsed by day 90: 27.8% with “IOP or PHP within 14 days” and 41.1% with “No step-down within 14 days”",
    ]  # fmt: skip
    assert blocks[-1]["paragraphs"][0] == f"Study file, SHA-256: {'ab' * 32}."
    assert given["source"] == "Data cut: June 30, 2026"


def test_no_page_is_empty_however_little_there_is(parts: tuple[ReportPart, ...]) -> None:
    a = support_analysis.exact()
    given = [
        brief_module._given(a, shown, banner=BANNER, disclosure=DISCLOSURE)
        for shown in (parts, parts[:1], parts[:1] + parts[-1:], ())
    ]
    # A page with its head, its foot and the title.
    (least,) = pages(json.dumps(json.loads(given[0]) | {"blocks": []}))
    for one in given:
        found = pages(one)
        assert min(map(len, found)) > len(least)
        assert len(found) <= 6


def test_no_text_is_a_command() -> None:
    a = support_analysis.exact()
    words = replace(a.wording, title=EVIL, header={EVIL: EVIL})
    hostile = (
        Text((EVIL,), heading=EVIL, items=(EVIL,), kind="answer"),
        Table(EVIL, (EVIL, "B"), ((EVIL, EVIL),), notes=(EVIL,)),
    )
    part = ReportPart(key="page_one", title=EVIL, introduction=EVIL, shown=hostile)
    other = replace(part, key="speed")
    a = replace(a, wording=words)
    made = brief(a, (part, other), banner=EVIL, disclosure=EVIL)
    assert made.startswith(b"%PDF-")
    given = brief_module._given(a, (part, other), banner=EVIL, disclosure=EVIL)
    headings = json.loads(typst.query(brief_module._source(), "heading", sys_inputs={"given": given}))
    assert [one["body"]["text"] for one in headings[1:3]] == [EVIL.replace("`", ""), EVIL]


def test_letters_that_no_font_has_are_shown_as_a_question_mark() -> None:
    assert brief_module._showable("é Ж α ▲ ● − “x” 😀 中\x07 z") == "é Ж α ▲ ● − “x” ? ?? z"


def test_a_brief_that_typst_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief_module, "_source", lambda: b"#panic()")
    with pytest.raises(ReportError) as caught:
        brief(support_analysis.exact(), (), banner="", disclosure="")
    assert str(caught.value) == (
        "The brief cannot be made as a PDF with the version of typst that is installed. Install the one that "
        "requirements.lock names, and run again."
    )
