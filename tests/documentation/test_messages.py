"""What the documentation quotes of the program is what the program says."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from clipplot_pipeline.graph import SHARDS, build_graph
from clipplot_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def read_texts() -> list[str]:
    """Return every text that stands in the program, with `{…}` of f-strings as a gap."""
    found = []
    for path in sorted((ROOT / "clipplot_pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
                found.append("".join(str(part) for part in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


def test_every_message_of_troubleshooting_is_one_of_the_program() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^### `(.+)`$", page, flags=re.MULTILINE)
    assert len(quoted) >= 20
    texts = read_texts()
    for message in quoted:
        pattern = ".*".join(re.escape(part) for part in message.split("…"))
        assert any(re.search(pattern, text, re.DOTALL) for text in texts), message


def test_the_picture_of_the_graph_shows_every_asset() -> None:
    drawn = ElementTree.parse(ROOT / "docs" / "images" / "graph.svg").getroot()
    names = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert names == {*build_graph(Settings()), SHARDS}


def test_the_licence_of_every_dependency_is_listed() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    core = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert core is not None
    listed = set(
        re.findall(r"^\| ([a-z0-9-]+) \|", (ROOT / "docs" / "licences.md").read_text(encoding="utf-8"), re.M)
    )
    needed = set(re.findall(r'^  "([a-z0-9-]+)', core[1], re.MULTILINE))
    assert needed
    assert needed <= listed, "run `make licences`"
