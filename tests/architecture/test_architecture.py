"""The structure of the package: layers, sizes, public names, and the pages that list them."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "analysis" / "stepdown"
MODULES = sorted(PACKAGE.rglob("*.py"))
LAYERS = sorted(path.stem for path in PACKAGE.iterdir() if path.name[0] != "_" and path.name != "py.typed")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def test_layers_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_else_lies_in_analysis() -> None:
    assert [path.name for path in (ROOT / "analysis").iterdir() if path.name != "__pycache__"] == ["stepdown"]


def test_files_are_short() -> None:
    files = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {str(path): size for path, size in sizes.items() if size > 600} == {}


# Every section has its files of these names.
SECTION_FILES = {"figure", "read", "rows", "section", "tables", "text"}
# Still to be renamed; a name that is unique again leaves this list.
SHARED_CLASS_NAMES = {
    "Case", "Cells", "Contacts", "Effect", "Fitted", "Rates", "State", "Table", "World", "_Part"
}  # fmt: skip


def test_modules_import_each_other_in_one_direction() -> None:
    names = {name_of(path): path for path in MODULES}
    imports = {
        name: {module for module in _imported(path, names) if module != name} for name, path in names.items()
    }
    while free := [name for name, needed in imports.items() if not needed & imports.keys()]:
        for name in free:
            del imports[name]
    assert sorted(imports) == []


def _imported(path: Path, names: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in names else node.module for name in below}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_class_names_are_unique() -> None:
    homes = Counter(
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in homes.items() if count > 1} <= SHARED_CLASS_NAMES


def test_file_names_are_unique() -> None:
    stems = Counter(path.stem for path in MODULES if path.stem[:2] != "__")
    assert {stem for stem, count in stems.items() if count > 1} <= SECTION_FILES


def test_the_layers_of_the_page_are_those_of_the_linter() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("## 3. Layers")[1].split("## 4.")[0]
    told = [
        re.findall(r"`(\w+)`", row.split("|")[1]) for row in section.splitlines() if row.startswith("| `")
    ]
    contract = PYPROJECT["tool"]["importlinter"]["contracts"][0]
    assert told == [[one.strip() for one in layer.split("|")] for layer in contract["layers"]]
    assert sorted(one for layer in told for one in layer) == LAYERS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_say_what_they_are_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    catch_all = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert catch_all == []


@pytest.mark.parametrize(
    "layer", [layer for layer in LAYERS if (PACKAGE / layer).is_dir() and layer != "sections"]
)
def test_public_names_exist_and_take_what_they_name(layer: str) -> None:
    module = importlib.import_module(f"stepdown.{layer}")
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isfunction(thing):
            assert thing.__doc__, name
            kinds = [parameter.kind for parameter in inspect.signature(thing).parameters.values()]
            assert inspect.Parameter.VAR_KEYWORD not in kinds, f"{name} takes **kwargs"


def test_importing_the_package_loads_no_pandas() -> None:
    code = "import stepdown, sys; sys.exit('pandas' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_notebook_carries_outputs() -> None:
    import nbformat

    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        cells = nbformat.read(path, as_version=4).cells
        assert [cell.source for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
