"""What MkDocs is told beyond ``mkdocs.yml``: pages that lie outside ``docs/``, folders of the navigation, links.

The pages are written for reading on a forge, where links lead to files of the repository; here they are turned to
the pages of the site. Belongs here: hooks that MkDocs calls. Does not belong here: pages (``generate.py`` makes
those that come from the code).
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
#: Files of the repository that are pages of the site, by their place in the site.
OUTSIDE = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "security.md": "SECURITY.md",
    "conduct.md": "CODE_OF_CONDUCT.md",
    "licence.md": "LICENSE",
}
LINK = re.compile(r"(\]\(<?)([^)\s>#]+)(#[^)\s>]*)?(>?(?: \"[^\"]*\")?\))")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write out the folders of the navigation: a new guide needs no line in ``mkdocs.yml``."""
    config.nav = [_expand(entry) for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside ``docs/`` and the list of decisions."""
    for uri, name in OUTSIDE.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        if not name.endswith(".md"):
            text = f"# Licence\n\n```text\n{text}```\n"
        files.append(File.generated(config, uri, content=text))
    listed = "\n".join(f"- [{title}]({Path(uri).name})" for title, uri in _list_folder("decisions/"))
    files.append(File.generated(config, "decisions/index.md", content=f"# Decisions\n\n{listed}\n"))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - handed by name
    """Turn links to files of the repository to the pages of the site, outside of code."""
    here = page.file.src_uri
    parts, at = [], 0
    for code in CODE.finditer(markdown):
        parts += [_turn_links(markdown[at : code.start()], here), code[0]]
        at = code.end()
    return "".join([*parts, _turn_links(markdown[at:], here)])


def _turn_links(text: str, here: str) -> str:
    return LINK.sub(lambda link: f"{link[1]}{turn_target(link[2], here)}{link[3] or ''}{link[4]}", text)


def turn_target(target: str, here: str) -> str:
    """Return where a link of the page ``here`` (its place in the site) leads in the site."""
    if re.match(r"[a-z]+:", target):
        return target
    source = OUTSIDE.get(here, f"docs/{here}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    named = {name: uri for uri, name in OUTSIDE.items()}
    if path in named:
        place = named[path]
    elif path.startswith("docs/"):
        place = path.removeprefix("docs/") + ("/index.md" if (ROOT / path).is_dir() else "")
    else:
        return target
    return posixpath.relpath(place, posixpath.dirname(here) or ".")


def _expand(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {title: _expand_value(value) for title, value in entry.items()}
    return entry


def _expand_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_expand(entry) for entry in value]
    if not value.endswith("/"):
        return value
    index = [{"All": "decisions/index.md"}] if value == "decisions/" else []
    return [*index, *({title: uri} for title, uri in _list_folder(value))]


def _list_folder(folder: str) -> list[tuple[str, str]]:
    """Return title and place of the pages of a folder of ``docs/``, by file name."""
    found = []
    for path in sorted((ROOT / "docs" / folder).glob("*.md")):
        heading = re.search(r"^# +(.+?) *$", path.read_text(encoding="utf-8"), re.MULTILINE)
        found.append((heading[1] if heading else path.stem, f"{folder}{path.name}"))
    return found
