"""What a first `import` costs: heavy libraries load where they are used, and not before."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = frozenset({"umap", "hdbscan", "numba", "sklearn", "torch", "open_clip", "torchvision", "pandas"})
STAGES = (
    "sources",
    "images",
    "catalog",
    "embeddings",
    "layouts",
    "clusters",
    "atlases",
    "site",
    "sample",
    "site.serve",
    "site.verify",
    "embeddings.descriptor",
    "embeddings.neighbors",
    "cli",
)
PROLOGUE = """
import importlib, json, sys
def names():
    return {name.partition('.')[0] for name in sys.modules}
def load(room):
    before = names()
    importlib.import_module(f'clipplot_pipeline.{room}')
    return sorted(names() - before)
"""


def tell(code: str) -> dict[str, list[str]]:
    """Return what code in a new interpreter prints as JSON in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_stages_and_command_line_load_without_dagster_and_what_is_heavy() -> None:
    loaded = tell(f"print(json.dumps({{room: load(room) for room in {STAGES}}}))")
    assert set(loaded) == set(STAGES)
    wrong = {room: found for room, new in loaded.items() if (found := (HEAVY | {"dagster"}) & set(new))}
    assert not wrong, f"the first room to load it: {wrong}"


def test_definitions_load_without_what_is_heavy() -> None:
    loaded = set(tell("print(json.dumps({'new': load('definitions')}))")["new"])
    assert "dagster" in loaded
    assert not loaded & HEAVY


def test_serving_and_verifying_do_without_dagster() -> None:
    """The verbs themselves, not only their modules: they look for a site that is not there."""
    for verb in ("serve", "verify"):
        loaded = tell(
            "from clipplot_pipeline.cli import app\n"
            "from clipplot_pipeline.errors import ClipplotError\n"
            "try:\n"
            f"    app(['{verb}', 'no-such-site'], standalone_mode=False)\n"
            "except (ClipplotError, SystemExit):\n"
            "    pass\n"
            "print(json.dumps({'all': sorted(names())}))"
        )["all"]
        assert "typer" in loaded
        assert "dagster" not in loaded, verb
