"""The documentation says what the code does: reference pages are up to date and whole, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

from clipplot_pipeline.cli import app
from clipplot_pipeline.cli.options import ARGUMENTS, option_name
from clipplot_pipeline.settings import OTHER_VARIABLES, iterate_knobs

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
README_LINES = 150


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Return the script that makes the reference pages."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def iterate_links(page: Path) -> Iterator[str]:
    """Yield the targets of links and pictures that lie in the repository."""
    for target in re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            yield target


def list_anchors(page: Path) -> set[str]:
    """Return the fragments that GitHub makes of a page's headings."""
    headings = re.findall(r"^#{1,6} +(.*?) *$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def test_the_reference_is_up_to_date(generate: ModuleType) -> None:
    assert generate.find_outdated() == [], "run `python docs/generate.py`"


def test_an_outdated_page_is_found(generate: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name, render in generate.PAGES.items():
        more = "more" if name == "command-line.md" else ""
        (tmp_path / name).write_text(render() + more, encoding="utf-8")
    assert generate.find_outdated(tmp_path) == ["command-line.md"]


def test_every_setting_is_documented() -> None:
    entries = dict(re.findall(r"^### `([\w.]+)`\n(.*?)(?=^##|\Z)", read("settings.md"), re.M | re.S))
    assert set(entries) == {knob.key for knob in iterate_knobs()}
    for knob in iterate_knobs():
        entry = entries[knob.key]
        assert f"`{knob.variable}`" in entry
        assert "- Values: " in entry
        assert "- Default: " in entry
        assert knob.key in ARGUMENTS or f"`{option_name(knob.key)}`" in entry
        first = (knob.info.description or "").split(" Unit: ")[0]
        assert first, f"{knob.key} says nothing"
        assert first in entry


def test_units_are_told(generate: ModuleType) -> None:
    ranges = {knob.key: generate.describe_range(knob) for knob in iterate_knobs()}
    assert ranges["rendition_px"] == "64 to 4,096 px"
    assert ranges["takedown_max_age"].endswith(" s")
    assert ranges["title"] == "text, at most 200 characters"


def test_every_verb_and_option_is_documented(generate: ModuleType) -> None:
    sections = dict(
        re.findall(r"^## `clipplot (\w+)`\n(.*?)(?=^## |\Z)", read("command-line.md"), re.M | re.S)
    )
    assert list(sections) == [str(info.name) for info in app.registered_commands]
    for verb, function in generate.list_verbs().items():
        options = [p for p in generate.iterate_parameters(verb, function) if p.is_option]
        assert options, verb
        for option in options:
            assert option.help, f"{verb} {option.names[0]} says nothing"
            for name in option.names[:1] if option.is_setting else option.names:
                assert name.startswith("--")
                assert f"`{name}`" in sections[verb]
    built = {p.names[0] for p in generate.iterate_parameters("build", generate.list_verbs()["build"])}
    assert built >= {option_name(k.key) for k in iterate_knobs() if k.key not in ARGUMENTS} | {"--json"}


def test_every_other_variable_is_documented() -> None:
    missing = [name for name in sorted(OTHER_VARIABLES) if f"`{name}`" not in read("command-line.md")]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in iterate_links(page):
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target}: there is no such file"
        assert there.is_relative_to(ROOT), f"{target}: outside the repository"
        if anchor and there.suffix == ".md":
            assert anchor in list_anchors(there), f"{target}: there is no such heading"


def test_the_readme_is_short_and_shows_the_map() -> None:
    page = ROOT / "README.md"
    assert len(page.read_text(encoding="utf-8").splitlines()) < README_LINES
    links = set(iterate_links(page))
    assert {"docs/images/map.jpg", "docs/settings.md", "docs/command-line.md", "CHANGELOG.md"} <= links
    assert (DOCS / "images" / "map.jpg").stat().st_size <= 600_000


def test_the_readme_names_verbs_options_and_targets_that_are_there(generate: ModuleType) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = generate.list_verbs()
    typed = "".join(re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    assert (
        {"build", "serve", "status", "dev"}
        <= set(re.findall(r"^clipplot (\w+)", typed, flags=re.M))
        <= set(verbs)
    )
    options = {n for v, f in verbs.items() for p in generate.iterate_parameters(v, f) for n in p.names}
    own = re.sub(r"`(?:uvx|pipx) [^`]*`", "", text)  # runners of programs have options of theirs
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", own)) <= options
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert (
        {"demo", "test"}
        <= set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE))
        <= set(targets)
    )
