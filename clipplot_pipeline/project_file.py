"""Writing ``clipplot.toml``: every setting with its description; those that are not set stay comments.

Belongs here: the file's text. Does not belong here: reading it (``settings``).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import tomlkit

from clipplot_pipeline.paths import PATH_KEYS, map_texts
from clipplot_pipeline.sections import SECTION_PATHS
from clipplot_pipeline.settings import FILE_NAME, Knob, iterate_knobs, make_slug
from clipplot_pipeline.storage import Store

HEADER = """\
# The settings of one clipplot collection. Lines that start with # show the defaults.
# Paths start at this file's folder. The environment (CLIPPLOT_TITLE …) and options come before this file.
"""
#: Characters of the setting ``title``.
MOST_TITLE = 200
#: Folder names that say nothing about a collection.
DULL_NAMES = frozenset(
    {"images", "image", "img", "pictures", "photos", "photo", "files", "data", "input",
     "manifest", "manifest.json", "collection.json", "iiif", "presentation"}
)  # fmt: skip

#: What is a document of the web rather than a folder there, and endings of documents that name pictures.
_WEB = ("http://", "https://", "iiif:", "list:")
_LIST = re.compile(r"\.(?:json|txt|urls|csv|tsv|jsonl|ndjson|parquet)$", re.IGNORECASE)


def write_project_file(project: Path, values: Mapping[str, Any]) -> Path:
    """Write ``clipplot.toml`` with the given settings and all others as comments; return its path.

    Parameters
    ----------
    project : Path
        Folder; made if absent.
    values : mapping
        Dotted keys with values, already checked.
    """
    shown = {
        key: map_texts(value, partial(_relative, project)) if key in (*PATH_KEYS, *SECTION_PATHS) else value
        for key, value in values.items()
    }
    store = Store(str(project))
    store.write_bytes(FILE_NAME, render_project_file(shown).encode())
    return project / FILE_NAME


def render_project_file(values: Mapping[str, Any]) -> str:
    """Return the text of a ``clipplot.toml``."""
    lines = [HEADER]
    section = ""
    knobs = sorted(iterate_knobs(), key=lambda knob: knob.key.count("."))  # sections follow the plain keys
    for knob in _group_sections(knobs):
        own = knob.key.rpartition(".")[0]
        if own != section:
            lines.append(f"\n[{own}]")
            section = own
        lines.append(_render_knob(knob, values))
    return "\n".join(lines) + "\n"


def name_collection(source: str) -> tuple[str, str]:
    """Return a slug and a title made of the source's folder names, passing over names such as ``images``."""
    plain = source.partition("://")[2].partition("?")[0] if source.startswith(_WEB) else source
    parts = [part for part in re.split(r"[\\/]+", plain) if part not in {"", ".", ".."} and "*" not in part]
    telling = [part for part in parts[-2:] if part.lower() not in DULL_NAMES]
    name = telling[-1] if telling else (parts[-2:] or ["collection"])[0]
    name = _LIST.sub("", name) or name
    title = re.sub(r"[_\-]+", " ", name).strip()
    return make_slug(name), (title[:1].upper() + title[1:]) or "Collection"


def shorten_title(told: str) -> str:
    """Return what a source calls itself as a title: on one line, as long as the setting allows."""
    plain = " ".join(told.split())
    return plain if len(plain) <= MOST_TITLE else f"{plain[: MOST_TITLE - 1].rstrip()}…"


def _group_sections(knobs: list[Knob]) -> list[Knob]:
    plain = [knob for knob in knobs if "." not in knob.key]
    sectioned = [knob for knob in iterate_knobs() if "." in knob.key]
    return plain + sorted(sectioned, key=lambda knob: knob.key.rpartition(".")[0])


def _render_knob(knob: Knob, values: Mapping[str, Any]) -> str:
    name = knob.key.rpartition(".")[2]
    text = f"{knob.info.description} ({knob.range})"
    comment = textwrap.fill(text, 100, initial_indent="# ", subsequent_indent="# ")
    is_set = knob.key in values
    value = values[knob.key] if is_set else knob.info.default
    item = tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()
    return f"\n{comment}\n{'' if is_set else '# '}{name} = {item}"


def _relative(project: Path, value: str) -> str:
    if not value or "://" in value:
        return value
    path, root = Path(value).resolve(), project.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
