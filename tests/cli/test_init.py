"""``clipplot init`` asks on a terminal, and there alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clipplot_pipeline.cli import app, init
from clipplot_pipeline.settings import load_settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_answers_become_settings(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "is_terminal", lambda: True)
    (here / "herbarium").mkdir()
    (here / "plants.csv").write_text("filename,genus\n", encoding="utf-8")
    typed = "herbarium\n\nplantz.csv\nplants.csv\nn\n"
    result = CliRunner().invoke(app, ["init"], input=typed)
    assert result.exit_code == 0, result.output
    assert "plantz.csv: there is no such file" in result.output
    settings = load_settings(here)
    assert (settings.title, settings.slug, settings.embedder) == ("Herbarium", "herbarium", "descriptor")
    assert Path(settings.source) == here / "herbarium"
    assert [Path(entry) for entry in settings.metadata] == [here / "plants.csv"]


def test_what_is_given_is_not_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "is_terminal", lambda: True)
    given = ["--title", "Mine", "--embedder", "descriptor", "--metadata", "s3://bucket/table.csv"]
    result = CliRunner().invoke(app, ["init", *given], input="pictures\n")
    assert result.exit_code == 0, result.output
    assert load_settings(here).title == "Mine"


def test_without_a_terminal_nothing_is_asked(here: Path) -> None:
    result = CliRunner().invoke(app, ["init", "--title", "Quiet"], input="")
    assert result.exit_code == 0, result.output
    assert "?" not in result.output
    assert load_settings(here).title == "Quiet"
