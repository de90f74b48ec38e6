"""``clipplot export`` as it is called: which words go together, and what it says of the whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import PICTURES, Built, Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name either a folder for the vectors, or --single-file map.html for the map"),
        (("out", "--single-file", "map.html"), "name either a folder for the vectors"),
        (("out", "--pictures", "none"), "--pictures is for --single-file"),
        (
            ("out", "--format", "embedding-atlas", "--numbers", "float16"),
            "holds no vectors; leave --numbers out",
        ),
        (("--single-file", "map.txt"), "expected a name that ends in .html"),
        (("--single-file", "map.html"), "there is no clipplot.toml"),
    ],
)
def test_words_that_do_not_go_together(
    tmp_path: Path, clipplot: Run, words: tuple[str, ...], said: str
) -> None:
    result = clipplot("export", *words, "--project", str(tmp_path))
    assert result.returncode == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.pipeline
def test_a_map_and_a_table_are_written_from_one_site(built: Built, tmp_path: Path, clipplot: Run) -> None:
    map_file, atlas = tmp_path / "map.html", tmp_path / "atlas"
    told = clipplot("export", "--single-file", str(map_file), "--json", "--project", str(built.project))
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["images"], report["bytes"]) == (PICTURES, map_file.stat().st_size)
    told = clipplot("export", str(atlas), "--format", "embedding-atlas", "--project", str(built.project))
    assert told.returncode == 0, told.stderr
    assert "embedding-atlas " in told.stderr
    assert [file.name for file in sorted(atlas.iterdir())] == ["embedding_atlas.parquet", "export.json"]
