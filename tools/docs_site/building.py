"""The pages of the site: guides from Markdown, tutorials from notebooks, the reference from docstrings."""

import pkgutil
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.docs_site.site_page import framed, linked, markdown

GUIDES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
"""Guides beside the pages in docs/."""
API = "api/stepdown.html"
_BUNDLED = Path("data", "synthetic")
_NOT_RUN = "<p><em>Shown without outputs: the data that it reads are not part of the project.</em></p>"


def build(root: str | Path = ".", out: str | Path = "site", *, run: bool = True) -> Path:
    """Build the site and return its first page.

    Parameters
    ----------
    root : str or Path
        A checkout.
    out : str or Path
        Folder of the site; what it holds is removed first.
    run : bool
        Run the tutorials whose data are bundled, so that they show their outputs.

    Raises
    ------
    ValueError
        A page links to a file that is no page of the site.
    """
    root, out = Path(root), Path(out)
    shutil.rmtree(out, ignore_errors=True)
    guides = {source: _address(source) for source in _guides(root)}
    tutorials = {
        f"notebooks/{path.name}": f"tutorials/{path.stem}.html"
        for path in sorted((root / "notebooks").glob("*.ipynb"))
    }
    pages = {
        **{source: markdown((root / source).read_text(encoding="utf-8")) for source in guides},
        **{source: _tutorial(root / source, run=run) for source in tutorials},
    }
    addresses = guides | tutorials
    titles = {source: _title(root / source) for source in addresses}
    menu = {
        "Guides": [(titles[name], guides[name]) for name in guides if not name.startswith("docs/decisions/")],
        "Decisions": [(titles[name], guides[name]) for name in guides if name.startswith("docs/decisions/")],
        "Tutorials": [(titles[name], tutorials[name]) for name in tutorials],
        "Reference": [("API reference", API)],
    }
    for source, body in pages.items():
        address = addresses[source]
        body = linked(body, source=source, address=address, addresses=addresses)
        (out / address).parent.mkdir(parents=True, exist_ok=True)
        page = framed(body, title=titles[source], address=address, menu=menu)
        (out / address).write_text(page, encoding="utf-8", newline="\n")
    _api_reference(out / Path(API).parent)
    return out / "index.html"


def _guides(root: Path) -> Iterator[str]:
    yield from (name for name in GUIDES if (root / name).is_file())
    yield from sorted(path.relative_to(root).as_posix() for path in (root / "docs").glob("*.md"))
    yield from sorted(path.relative_to(root).as_posix() for path in (root / "docs").glob("*/*.md"))


def _address(source: str) -> str:
    if source == "README.md":
        return "index.html"
    return source.removeprefix("docs/").removesuffix(".md").replace("README", "index") + ".html"


def _title(path: Path) -> str:
    """Return the first heading of a page or notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join(cell.source for cell in _notebook(path).cells if cell.cell_type == "markdown")
    return (
        next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ").replace("`", "")
    )


def _notebook(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _tutorial(path: Path, *, run: bool) -> str:
    """Return a notebook as HTML, with its outputs where the data that it reads are bundled."""
    from nbconvert import HTMLExporter

    notebook = _notebook(path)
    bundled = any(str(_BUNDLED) in cell.source for cell in notebook.cells if cell.cell_type == "code")
    if bundled and run:
        _run(notebook, path)
    exporter = HTMLExporter(template_name="basic")  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    return str(body) if bundled else _NOT_RUN + str(body)


def _run(notebook: Any, path: Path) -> None:
    """Run a notebook beside the bundled data, in a folder of its own."""
    from stepdown.report.notebook import execute

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, path.parent.name)
        place.mkdir()
        shutil.copytree(path.parent.parent / _BUNDLED, Path(folder) / _BUNDLED)
        execute(notebook, folder=place, name=path.name)


def _api_reference(folder: Path) -> None:
    """Write the reference of the public names from their docstrings."""
    import pdoc
    import pdoc.render

    import stepdown

    # pdoc looks names up where they are stored, and ours are fetched when they are first asked for.
    for package in (stepdown, stepdown.report):
        vars(package).update({name: getattr(package, name) for name in package.__all__})
    layers = {found.name for found in pkgutil.iter_modules(stepdown.__path__) if found.ispkg}
    more = sorted(layers - {"cli", "sections"} - set(stepdown.__all__))
    pdoc.render.configure(docformat="numpy", search=False, show_source=False)
    pdoc.pdoc("stepdown", *(f"stepdown.{name}" for name in more), output_directory=folder)
