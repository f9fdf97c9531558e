"""One page of the site: its frame, its style, and Markdown as HTML."""

import html
import os
import re
from pathlib import PurePosixPath

_STYLE = """
body { margin: 0; color: #1a1a1a; background: #fff; font: 1rem/1.55 system-ui, "Segoe UI", sans-serif; }
.site { display: flex; flex-wrap: wrap; }
nav { flex: 0 0 15rem; padding: 1rem; border-right: 1px solid #d5d5d5; font-size: .93rem; }
nav h2 { font-size: .85rem; margin: 1.2rem 0 .3rem; color: #4a4a4a; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav [aria-current] { font-weight: 600; }
main { flex: 1 1 20rem; min-width: 0; max-width: 60rem; padding: 1rem 2rem 4rem; }
a { color: #00528a; }
h1, h2, h3 { line-height: 1.25; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93rem; }
th, td { padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; }
tr { border-bottom: 1px solid #d5d5d5; }
code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .85rem; }
pre { overflow-x: auto; padding: .6rem .8rem; background: #f4f4f4; }
img, svg { max-width: 100%; height: auto; }
"""
_SKIP = re.compile(r"^(?:[a-z]+:|#|/)")
_LINK = re.compile(r'(<a\b[^>]*\bhref=")([^"]+)(")')


def markdown(text: str) -> str:
    """Return Markdown as HTML; raw HTML in it is escaped."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, anchor_link_text="")
    body = str(MarkdownWithMath(renderer=renderer).render(text))
    return body.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def linked(body: str, *, source: str, address: str, addresses: dict[str, str]) -> str:
    """Return HTML whose links between files of the repository lead to pages of the site.

    Parameters
    ----------
    body : str
        HTML made from the file `source`.
    source, address : str
        The file in the repository and the page of the site, both relative to their roots.
    addresses : dict of str to str
        The page of each file that has one. A link to any other file becomes plain text.
    """

    def moved(found: re.Match[str]) -> str:
        target, _, part = found[2].partition("#")
        if _SKIP.match(found[2]):
            return found[0]
        file = os.path.normpath(PurePosixPath(source).parent / target)
        page = addresses.get(file, addresses.get(f"{file}/README.md"))
        if page is None:
            raise ValueError(f"{source} links to {target}, which has no page in the site")
        return f"{found[1]}{relative(page, address)}{'#' * bool(part)}{part}{found[3]}"

    return _LINK.sub(moved, body)


def relative(target: str, address: str) -> str:
    """Return the way from one page of the site to another."""
    return os.path.relpath(target, PurePosixPath(address).parent)


def framed(body: str, *, title: str, address: str, menu: dict[str, list[tuple[str, str]]]) -> str:
    """Return a whole page with its menu.

    Parameters
    ----------
    body : str
        HTML of the main part.
    title, address : str
        Title, and address relative to the root of the site.
    menu : dict of str to list of (title, address)
        Pages by heading.
    """
    here = {address: ' aria-current="page"'}
    parts = []
    for heading, pages in menu.items():
        items = "".join(
            f'<li><a href="{relative(page, address)}"{here.get(page, "")}>{html.escape(name)}</a></li>'
            for name, page in pages
        )
        parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)} - stepdown</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<div class="site"><nav aria-label="Pages">{"".join(parts)}</nav>\n<main>\n{body}\n</main></div>\n'
        "</body>\n</html>\n"
    )
