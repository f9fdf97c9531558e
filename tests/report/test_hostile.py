"""Machines and titles that nobody would choose: the report comes all the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import support_analysis
from stepdown.report.page import asks_outside
from stepdown.report.publication import publish

pytestmark = pytest.mark.slow

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_first_look.ipynb"
EVIL = "<script>alert(1)</script> | $x_1$ *b* `c` src=http url(x) @import 😀 " + "long " * 40


def test_a_title_may_hold_any_characters_and_a_users_kernel_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    broken = {"argv": ["no-such-python", "{connection_file}"], "display_name": "x", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(broken))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    a = support_analysis.interval()
    a = replace(a, wording=replace(a.wording, title=EVIL))
    page = publish(a, notebook=NOTEBOOK, out=tmp_path / "out", quarter=None, progress=lambda step: None)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; | $x_1$ *b* <code>c</code> src=http url(x) @import 😀" in text
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<p>src=x url(x) @import</p>",
        '<p aria-label="url(x) src=x">a</p>',
        '<g clip-path="url(#a)"></g>',
        '<img src="data:image/png;base64,AA">',
        "<style>a { color: red }</style>",
    ],
)
def test_text_and_own_parts_ask_for_nothing(markup: str) -> None:
    assert not asks_outside(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<SCRIPT>1</SCRIPT>",
        "<img src=x.png>",
        "<img srcset='x.png 2x'>",
        '<p onclick="f()">a</p>',
        '<p style="background: URL(x)">a</p>',
        '<g fill="url(x#a)"></g>',
        "<style>@IMPORT 'x'</style>",
        "<link rel=stylesheet href=x>",
        "<svg><image href='x.png'/></svg>",
        "<svg><use xlink:href='x.svg#a'/></svg>",
    ],
)
def test_whatever_loads_is_found(markup: str) -> None:
    assert asks_outside(markup)
