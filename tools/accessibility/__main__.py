"""Check a report in headless Chromium.

python -m tools.accessibility reports/example/report.html --axe node_modules/axe-core/axe.min.js

axe-core is no part of the project: `npm install axe-core` puts it into `node_modules`. Its rules run with all
folds closed and with all of them open, at three widths, and at those of a desk enlarged to 200% and 400%. The
command ends with 1 where a finding is serious or critical, where the page is wider than the screen, or where
the answer is not on the first screen of a page that is not enlarged.
"""

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WIDTHS = ((1280, 800), (768, 1024), (390, 844))
ENLARGED = ((640, 400), (320, 640))
"""A desk at 200%, and the narrowest page of WCAG: 1,280 points at 400%."""
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_RESULT = re.compile(r'<pre id="axe-result">(.*?)</pre>', re.DOTALL)
_GRAVE = ("serious", "critical")
_CODE = """
addEventListener("load", async () => {
  const answer = document.querySelector(".sd-answer");
  const box = answer ? answer.getBoundingClientRect() : {bottom: -1};
  if (OPEN) for (const one of document.querySelectorAll("details")) one.open = true;
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const out = parent.document.createElement("pre");
  out.id = "axe-result";
  out.textContent = JSON.stringify({
    bottom: box.bottom, width: innerWidth, height: innerHeight,
    scroll: document.documentElement.scrollWidth,
    findings: found.violations.map(
      v => [v.id, v.impact, v.help, v.nodes.length, v.nodes[0].html.slice(0, 160)]
    ),
  });
  parent.document.body.append(out);
});
"""


def main() -> int:
    """Print what axe-core finds at each width; 1 where something is serious."""
    parser = argparse.ArgumentParser(description="Check a report with axe-core in headless Chromium.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--axe", type=Path, required=True, help="axe.min.js of the package axe-core")
    given = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is not installed: nothing was checked.", file=sys.stderr)
        return 2
    text, axe = given.page.read_text(encoding="utf-8"), given.axe.read_text(encoding="utf-8")
    grave = 0
    for width, height in (*WIDTHS, *ENLARGED):
        for opened in (False, True):
            found = _run(browser, text, axe, size=(width, height), opened=opened)
            grave += _show(found, width, opened)
    return 1 if grave else 0


def _run(browser: str, text: str, axe: str, *, size: tuple[int, int], opened: bool) -> dict[str, Any]:
    """Return what axe-core and the browser say of a page at one width."""
    code = _CODE.replace("OPEN", "true" if opened else "false")
    # The page allows no script; the copy that is checked does.
    page = _POLICY.sub("", text).replace("</body>", f"<script>{axe}</script>\n<script>{code}</script></body>")
    # A frame of the asked size: the window of a browser cannot be as narrow as a phone.
    frame = f'<iframe width="{size[0]}" height="{size[1]}" srcdoc="{html.escape(page)}"></iframe>'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(f"<!DOCTYPE html><body>{frame}</body>", encoding="utf-8")
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--window-size=1600,1600", "--virtual-time-budget=60000", "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    held = _RESULT.search(done.stdout)
    if held is None:
        raise SystemExit("axe-core gave no answer.")
    found: dict[str, Any] = json.loads(html.unescape(held[1]))
    return found


def _show(found: dict[str, Any], width: int, opened: bool) -> int:
    """Print the findings at one width; return how many are grave."""
    print(f"{width} pixels, sections {'open' if opened else 'closed'}:")
    grave = sum(impact in _GRAVE for _, impact, *_ in found["findings"])
    for name, impact, words, many, example in found["findings"]:
        print(f"  {impact}: {name} ({words}), {many} places, such as {example}")
    if found["scroll"] > found["width"]:
        print(f"  the page is {found['scroll'] - found['width']} pixels wider than the screen")
        grave += 1
    if not opened:
        inside = 0 < found["bottom"] <= found["height"]
        print(f"  the answer ends at {found['bottom']:.0f} of {found['height']} pixels")
        grave += not inside and (width, found["height"]) in WIDTHS
    if not found["findings"]:
        print("  axe-core finds nothing")
    return grave


if __name__ == "__main__":
    raise SystemExit(main())
