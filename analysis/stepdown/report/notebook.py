"""A notebook is read, given its analysis, and run in a folder that holds nothing else."""

import atexit
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from stepdown.errors import ReportError

PARAMETERS = "parameters"
_SOURCE = 'import stepdown as sd\n\na = sd.read_analysis("analysis.json")'
_SECONDS = 600
_LONGEST_SOCKET = 90
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def read(path: Path) -> Any:
    """Read a notebook and put the stored analysis where the notebook makes one.

    Raises
    ------
    ReportError
        The file is no notebook, or no single cell is tagged `parameters`.
    """
    nbformat = _nbformat()
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError):
        raise ReportError(
            f"{path.name} cannot be read as a notebook. Save it again in JupyterLab.", kind="notebook"
        ) from None
    tagged = [cell for cell in notebook.cells if PARAMETERS in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ReportError(
            f"{path.name} must have one cell tagged `{PARAMETERS}`, which makes the analysis `a`; it has "
            f"{len(tagged)}. Give that cell the tag, and no other.",
            kind="notebook",
        )
    tagged[0].source = _SOURCE
    return notebook


def _nbformat() -> Any:
    """Import nbformat without the grammar of internationalized addresses, which takes long to build.

    No notebook has such an address. Whoever checks one all the same gets the grammar then.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or importlib.util.find_spec(name) is None:
        return importlib.import_module("nbformat")
    later = types.ModuleType(name)

    def is_valid_syntax(rule: str, text: str) -> bool:
        return bool(importlib.import_module(name).is_valid_syntax(rule, text))

    later.__dict__["is_valid_syntax"] = is_valid_syntax
    sys.modules[name] = later
    try:
        return importlib.import_module("nbformat")
    finally:
        del sys.modules[name]


def execute(notebook: Any, *, folder: Path, name: str) -> Any:
    """Run a notebook inside a folder and return it with its outputs.

    Parameters
    ----------
    notebook : NotebookNode
        What `read` returned. It is changed in place.
    folder : Path
        Working folder of the kernel; it holds `analysis.json` and no client's data.
    name : str
        Name for messages.

    Raises
    ------
    ReportError
        A cell failed: its number, the kind of error, and the line of the notebook that failed. Never a
        value, never a traceback.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    settings = folder / ".settings"
    settings.mkdir()
    # The user's own start-up files and styles must not change a report.
    environment = os.environ | {
        "IPYTHONDIR": str(settings),
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with tempfile.TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            timeout=_SECONDS,
            kernel_name="python3",
            kernel_manager_class=_this_python(),
            config=_connection(Path(sockets) / "k"),
            extra_arguments=["--log-level=ERROR"],
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            # What a dying kernel prints is not for the reader of a terminal.
            return client.execute(env=environment, stderr=subprocess.DEVNULL)
        except CellExecutionError:
            raise ReportError(_failure(notebook, name), kind="notebook") from None
        except CellTimeoutError:
            raise ReportError(
                f"A cell of {name} took more than {_SECONDS // 60} minutes and was stopped. Divide it, "
                "or compute less in it.",
                kind="notebook",
            ) from None
        except AssertionError:
            if client.km is not None:
                raise
            raise KeyboardInterrupt from None  # the client ended the kernel itself, on Ctrl-C
        except (DeadKernelError, RuntimeError):
            # On Ctrl-C the client begins to end the kernel, and may then find it dead.
            if getattr(client, "_async_cleanup_kernel_future", None) is not None:
                raise KeyboardInterrupt from None
            raise ReportError(
                f"The kernel that runs {name} did not start, or died, perhaps for want of memory. Close "
                "other programs, and run again.",
                kind="notebook",
            ) from None
        finally:
            # A kernel that is gone already cannot be ended at exit: that would print a traceback.
            at_exit = getattr(client, "_cleanup_kernel", None)
            if at_exit is not None:
                atexit.unregister(at_exit)


def _this_python() -> Any:
    """Return a manager that starts kernels with this interpreter.

    A kernel that the user installed under the same name may belong to a Python without this package.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class ThisPython(AsyncKernelManager):
        def _kernel_spec_manager_default(self) -> KernelSpecManager:
            return KernelSpecManager(kernel_dirs=[])

    return ThisPython


def _connection(socket: Path) -> Any:
    """Return settings by which only this user can reach the kernel, where the system has such sockets."""
    from traitlets.config import Config

    if os.name == "posix" and len(str(socket)) < _LONGEST_SOCKET:
        return Config({"KernelManager": {"transport": "ipc", "ip": str(socket)}})
    return Config()


def _failure(notebook: Any, name: str) -> str:
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line = _line(cell.source, output.traceback)
                at = f" at the line `{line}`" if line else ""
                return f"Cell {number} of {name} stopped with {output.ename}{at}. Correct it and run again."
    return f"{name} stopped with an error."


def _line(source: str, traceback: list[str]) -> str:
    """Return the line of the cell that failed, from the arrow in its first frame."""
    found = re.search(r"^-+> (\d+) ", _COLORS.sub("", "\n".join(traceback)), flags=re.MULTILINE)
    lines = source.splitlines()
    number = int(found[1]) if found else 0
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
