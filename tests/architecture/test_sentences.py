"""Sentences that people read: what stands in braces is filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "clipplot_pipeline"
PLACEHOLDER = re.compile(r"\{[a-z_][a-z_.]*(\[[^]]*\])?(![rs])?(:[^{}]*)?\}")


def forgotten_placeholders(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of string pieces, joined to f-strings, that hold a placeholder and are none themselves."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for piece in node.values:
            # Doubled braces are meant; a piece of a plain string beside an f-string is not told from them by its value.
            if isinstance(piece, ast.Constant) and PLACEHOLDER.search(str(piece.value)):
                text = ast.get_source_segment(source, node) or ""
                if "{{" not in text:
                    yield piece.lineno, str(piece.value)


def test_no_part_of_a_sentence_forgets_to_be_filled_in() -> None:
    found = {
        f"{file.relative_to(PACKAGE)}:{line}": text
        for file in sorted(PACKAGE.rglob("*.py"))
        for line, text in forgotten_placeholders(file.read_text(encoding="utf-8"))
    }
    assert found == {}


def test_the_law_can_be_broken() -> None:
    assert list(forgotten_placeholders('f"{a}: no {b}, " "or leave `{b}` empty"\n'))
    assert not list(forgotten_placeholders('f"{a}: {{id}} stands for itself"\n'))
