"""What a first `import` costs: heavy libraries load where they are used, and not before."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("umap", "hdbscan", "numba", "sklearn", "torch", "open_clip", "torchvision", "pandas")


def modules_after(statement: str) -> set[str]:
    """Return the top-level names of what is loaded after a statement in a new interpreter."""
    code = (
        f"{statement}\nimport sys, json\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "room",
    [
        "sources",
        "images",
        "catalog",
        "embeddings",
        "layouts",
        "clusters",
        "atlases",
        "site",
        "site.serve",
        "site.verify",
        "sample",
        "cli",
    ],
)
def test_rooms_load_without_dagster_and_without_what_is_heavy(room: str) -> None:
    loaded = modules_after(f"import clipplot_pipeline.{room}")
    assert "clipplot_pipeline" in loaded
    assert not loaded & {"dagster", *HEAVY}


def test_definitions_load_without_what_is_heavy() -> None:
    loaded = modules_after("import clipplot_pipeline.definitions")
    assert "dagster" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("room", ["embeddings.descriptor", "embeddings.neighbors"])
def test_embedding_without_the_extra_needs_no_torch(room: str) -> None:
    assert not modules_after(f"import clipplot_pipeline.{room}") & {"torch", "open_clip", "dagster"}


def test_serving_and_verifying_do_without_dagster() -> None:
    """The verbs themselves, not only their modules: they look for a site that is not there."""
    for verb in ("serve", "verify"):
        loaded = modules_after(
            "import sys\n"
            "from clipplot_pipeline.cli import app\n"
            "from clipplot_pipeline.errors import ClipplotError\n"
            "try:\n"
            f"    app(['{verb}', 'no-such-site'], standalone_mode=False)\n"
            "except (ClipplotError, SystemExit):\n"
            "    pass\n"
        )
        assert "typer" in loaded
        assert "dagster" not in loaded, verb
