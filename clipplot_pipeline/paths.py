"""Paths in settings: made absolute from the project folder, and told from there again.

Belongs here: which settings hold a path, both ways, and a path as one types it in a command. Does not belong here:
what lies at a path (``sources``, ``storage``).
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Settings that hold a path: relative ones start at the project folder.
PATH_KEYS = ("source", "metadata", "own_clusters", "own_concepts", "vectors", "store", "site")
#: What stands before the folder of a model on this machine.
LOCAL_MODEL = "local-dir:"
#: What stands before a path that is told from the project folder.
HERE = "./"


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a text changed, or several as a tuple."""
    return change(value) if isinstance(value, str) else tuple(change(text) for text in value)


def resolve_path(project: Path, value: str) -> str:
    """Return a path as an absolute one; an address, or nothing, stays what it is."""
    if not value or "://" in value or "::" in value:
        return value
    return str((project.resolve() / Path(value).expanduser()).resolve())


def relate_path(project: Path | None, value: str) -> str:
    """Return a path inside the project folder as it is seen from there; any other text as it is.

    What is made of a folder does not change when the project is moved as a whole, so its fingerprint must not.
    """
    prefix = LOCAL_MODEL if value.startswith(LOCAL_MODEL) else ""
    path = Path(value.removeprefix(prefix))
    if project is None or not path.is_absolute() or not path.is_relative_to(project):
        return value
    return f"{prefix}{HERE}{path.relative_to(project).as_posix()}"


def locate_path(project: Path | None, value: str) -> str:
    """Return the absolute path that `relate_path` told from the project folder."""
    return value if project is None or not value.startswith(HERE) else str(project / value.removeprefix(HERE))


def quote_path(path: str | Path) -> str:
    """Return a path as the user's shell takes it: in quotes where it holds blanks or other signs."""
    return subprocess.list2cmdline([str(path)]) if sys.platform == "win32" else shlex.quote(str(path))
