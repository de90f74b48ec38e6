"""How big a file or a function may get, how it is named, and that it says what it is for.

Who may import whom is held by the import contracts in ``pyproject.toml``, rooms of the viewer by its
``eslint.config.js``; tests of these run here too, so that `pytest` alone shows a door that was left open.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from clipplot_pipeline import errors

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "clipplot_pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
VIEWER = sorted(
    file
    for file in (ROOT / "viewer_template" / "src").rglob("*")
    if file.suffix in {".ts", ".svelte", ".css", ".glsl", ".vert", ".frag"}
)
MAX_FILE_LINES = 399
MAX_FUNCTION_LINES = 59
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools", "lib"})


def name_of(path: Path) -> str:
    """Return a path as it reads in a report."""
    return path.relative_to(ROOT).as_posix()


def walk_functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 50
    assert len(VIEWER) > 20


def test_files_stay_small() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES + VIEWER}
    long = {name: count for name, count in lines.items() if count > MAX_FILE_LINES}
    assert not long, f"{long} lines: give a part of it a file of its own"


def test_functions_stay_small() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path, tree in TREES.items()
        for node in walk_functions(tree)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not long, f"{long} lines: give a step of it a name of its own"


def test_modules_say_what_belongs_in_them() -> None:
    silent = [name_of(path) for path, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    assert not silent


def test_what_is_public_says_what_it_is_for() -> None:
    public = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path, tree in TREES.items()
        for node in tree.body
        if isinstance(node, public) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_names_say_what_is_inside() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    vague = [
        name_of(path)
        for path in (*MODULES, *VIEWER, *tests)
        if {part.lower() for part in (*path.relative_to(ROOT).parts[:-1], path.stem)} & VAGUE
    ]
    assert not vague, f"{vague}: name it after what it holds"


def test_annotations_of_assets_are_real() -> None:
    """Dagster reads the annotations of assets: put off, they are strings to it."""
    late = [
        name_of(path)
        for path in (PACKAGE / "defs" / "assets").rglob("*.py")
        if "from __future__ import annotations" in path.read_text(encoding="utf-8")
    ]
    assert not late


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn: dict[str, str] = {}
    branch: list[str] = []
    for line in (inspect.getdoc(errors) or "").splitlines():
        if match := re.match(r" {4}([│├└─ ]*)(\w+Error)\b", line):
            del branch[len(match[1]) // 4 :]
            drawn[match[2]] = branch[-1] if branch else "Exception"
            branch.append(match[2])
    real = {
        name: kind.__mro__[1].__name__
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and kind.__module__ == errors.__name__
    }
    assert drawn == real


def test_import_contracts() -> None:
    """The doors of the design, by import-linter."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_tables_are_read_without_arrows_threads() -> None:
    """Arrow's read-ahead aborts about every third process as it ends (apache/arrow#34314): nobody asks for it."""
    for path, tree in TREES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            where = f"{name_of(path)}:{call.lineno}"
            assert ast.unparse(call.func) not in {"pq.read_table", "parquet.read_table"}, where
            if ast.unparse(call.func).endswith("ParquetFile"):
                given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert given.get("pre_buffer") == "False", where
