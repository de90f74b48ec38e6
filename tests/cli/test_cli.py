"""The command line as scripts and people meet it: exit codes, JSON on standard output, words on standard error."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clipplot_pipeline import __version__
from clipplot_pipeline.cli import app
from clipplot_pipeline.cli.console import say
from clipplot_pipeline.settings import load_settings
from tests.cli.conftest import PICTURES, Built, Result, run_program
from tests.pictures import draw_picture

Run = Callable[..., Result]


def status(project: Path) -> dict[str, object]:
    result = run_program("status", "--json", cwd=project, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


# ---- a whole build --------------------------------------------------------------------------------------------


@pytest.mark.pipeline
def test_build_prints_one_json_object_and_nothing_else(built: Built) -> None:
    assert built.result.returncode == 0, built.result.stderr
    report = built.report
    assert report["images"] == PICTURES
    assert report["rejects"] == 1
    assert report["originals_opened"] == PICTURES + 1
    assert report["failed"] == []
    assert Path(report["site"]) == built.project.resolve() / "site"
    made = {(m["asset"].rpartition("/")[2], m["partition"] is not None) for m in report["materialized"]}
    assert {("inventory", False), ("images", True), ("embeddings", True), ("site", False)} <= made
    slug = load_settings(built.project).slug
    assert all(m["asset"].startswith(f"{slug}/") for m in report["materialized"])
    assert set(report["seconds_by_stage"]) == {name for name, _ in made}
    assert report["seconds"] >= sum(report["seconds_by_stage"].values()) > 0
    assert (built.project / "site" / "manifest.json").is_file()


@pytest.mark.pipeline
def test_a_second_build_says_that_nothing_has_changed(built: Built) -> None:
    result = run_program("build", "--project", built.project, cwd=built.project.parent)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert f"Nothing has changed: {PICTURES} images" in result.stderr
    assert "1 files were not taken" in result.stderr
    assert f"clipplot serve --project {built.project}" in result.stderr


@pytest.mark.pipeline
def test_status_tells_what_was_not_taken_and_why(built: Built) -> None:
    found = status(built.project)
    assert found["images"] == PICTURES
    assert [(r["path"], r["kind"]) for r in found["rejects"]] == [("broken.jpg", "unreadable")]
    assert "broken.jpg" not in found["rejects"][0]["reason"]
    assert len(found["rejects"][0]["reason"]) > 10
    assert sum(found["skipped"].values()) == 1
    assert found["stale"] == found["failed"] == []
    told = run_program("status", cwd=built.project).stderr
    assert f"broken.jpg: {found['rejects'][0]['reason']}" in told
    assert "Everything is up to date" in told


@pytest.mark.pipeline
def test_status_tells_what_is_stale_and_what_failed(copied: Path) -> None:
    (copied / "metadata.csv").write_bytes(b"")
    stale = {row["asset"]: row["reason"] for row in status(copied)["stale"]}
    assert "inventory" in stale
    assert all(stale.values())
    result = run_program("build", "--json", cwd=copied)
    assert result.returncode == 1
    assert [row["asset"].rpartition("/")[2] for row in json.loads(result.stdout)["failed"]] == ["metadata"]
    found = status(copied)
    assert [row["asset"] for row in found["failed"]] == ["metadata"]
    assert "metadata.csv" in found["failed"][0]["reason"]
    assert "metadata" in {row["asset"] for row in found["stale"]}
    assert found["images"] == PICTURES
    told = run_program("build", cwd=copied)
    assert told.returncode == 1
    assert "error: metadata: " in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.pipeline
def test_verify_finds_a_site_clean_or_says_what_is_wrong(built: Built, tmp_path: Path, clipplot: Run) -> None:
    clean = clipplot("verify", "--project", built.project)
    assert clean.returncode == 0
    assert f"clean; {PICTURES} images" in clean.stderr
    site = Path(shutil.copytree(built.project / "site", tmp_path / "site"))
    column = min((site / "c").glob("*.bin"))
    column.write_bytes(column.read_bytes()[:-5])
    min((site / "s").rglob("*.webp")).unlink()
    result = clipplot("verify", site)
    assert result.returncode == 1
    assert column.name in result.stderr
    assert ".webp" in result.stderr
    assert "problems. `clipplot build` publishes it anew" in result.stderr


# ---- what people get wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["build"], 2, "there is no clipplot.toml; expected a folder of images: `clipplot build FOLDER`"),
        (["build", "nowhere", "--embedder", "descriptor"], 1, "nowhere"),
        (["build", "a-file.jpg", "--embedder", "descriptor"], 1, "a-file.jpg"),
        (["build", "images", "--embedder", "descriptor", "--metadata", "none.csv"], 1, "none.csv"),
        (["build", "images", "--titel", "x"], 2, "--title"),
        (["build", "images", "--embedder", "clip"], 2, "expected `open_clip`, `descriptor` or `imported`"),
        (["build", "images", "--neighbors-k", "1"], 2, "`neighbors_k` is 1; expected 2 to 256"),
        (["build", "images", "--neighbors-k", "many"], 2, "--neighbors-k"),
        (["build", "images", "more"], 2, "more"),
        (["biuld", "images"], 2, "Did you mean 'build'?"),
        (["build", "--project", "misspelt"], 2, "title"),
        (["build", "--project", "broken"], 2, "not valid TOML"),
        (["status"], 1, "clipplot build FOLDER"),
        (["status", "--project", "misspelt"], 2, "did you mean `title`?"),
        (["serve"], 2, "run `clipplot build` first"),
        (["serve", "nowhere"], 2, "nowhere"),
        (["serve", "--port", "70000"], 2, "--port"),
        (["verify"], 1, "publish one with `clipplot build`"),
        (["verify", "https://example.org/site"], 2, "a web address cannot be listed"),
        (["dev"], 2, "there is neither clipplot.toml nor workspace.yaml"),
        (["sample", "drawn", "--count", "0"], 2, "--count"),
        (["init", "--layouts-umap-min-dist", "2"], 2, "expected 0.0 to 1.0"),
    ],
)
def test_a_mistake_ends_in_a_sentence(
    arguments: list[str], code: int, said: str, tmp_path: Path, clipplot: Run
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "a-file.jpg").write_bytes(b"no folder")
    for name, text in (("misspelt", 'titel = "x"'), ("broken", "title = ")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clipplot.toml").write_text(text, encoding="utf-8")
    result = clipplot(*arguments)
    assert result.returncode == code, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"images", "a-file.jpg", "misspelt", "broken"}, "a mistake leaves nothing behind"


def test_without_the_extra_both_remedies_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clipplot: Run
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else real(name, *rest)
    )
    draw_picture(tmp_path / "images" / "one.jpg", 1)
    result = clipplot("build", "images")
    assert result.returncode == 1
    assert "torch" in result.stderr
    assert 'pip install "clipplot-pipeline[clip]"' in result.stderr
    assert "--embedder descriptor" in result.stderr
    assert not (tmp_path / "clipplot.toml").exists()


def test_a_wrong_variable_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    result = run_program("build", "images", cwd=tmp_path, CLIPPLOT_NEIGHBORS="7")
    assert result.returncode == 2
    assert "CLIPPLOT_NEIGHBORS" in result.stderr
    assert "neighbors_k" in result.stderr
    assert "Traceback" not in result.stderr


# ---- init, and what every command shares ----------------------------------------------------------------------


def test_init_writes_a_file_that_loads(tmp_path: Path, clipplot: Run) -> None:
    (tmp_path / "Herbier_de_1900").mkdir()
    result = clipplot("init", "Herbier_de_1900", "--embedder", "descriptor", "--layouts-umap-min-dist", "0.4")
    assert result.returncode == 0
    assert "Wrote clipplot.toml. Next: clipplot build\n" in result.stderr
    settings = load_settings(tmp_path)
    assert (settings.slug, settings.title) == ("herbier_de_1900", "Herbier de 1900")
    assert settings.source == str((tmp_path / "Herbier_de_1900").resolve())
    assert (settings.embedder, settings.layouts.umap.min_dist) == ("descriptor", 0.4)


def test_init_refuses_to_write_over_a_file(tmp_path: Path, clipplot: Run) -> None:
    assert clipplot("init", "--title", "First").returncode == 0
    result = clipplot("init", "--title", "Second")
    assert result.returncode == 2
    assert "--force" in result.stderr
    assert load_settings(tmp_path).title == "First"
    assert clipplot("init", "--title", "Second", "--force").returncode == 0
    assert load_settings(tmp_path).title == "Second"


def test_a_wrong_value_does_not_cost_the_old_file(tmp_path: Path, clipplot: Run) -> None:
    clipplot("init", "--title", "First")
    assert clipplot("init", "--force", "--shard-size", "0").returncode == 2
    assert load_settings(tmp_path).title == "First"


def test_init_says_what_is_still_missing(tmp_path: Path, clipplot: Run) -> None:
    assert "clipplot build --project new FOLDER" in clipplot("init", "--project", "new").stderr
    assert "there: no such folder yet" in clipplot("init", "there", "--project", "other").stderr


def test_the_version(clipplot: Run) -> None:
    result = clipplot("--version")
    assert (result.returncode, result.stdout) == (0, f"clipplot {__version__}\n")


def test_alone_it_shows_its_verbs(clipplot: Run) -> None:
    alone, asked = clipplot(), clipplot("--help")
    assert asked.returncode == 0
    for info in app.registered_commands:
        assert str(info.name) in alone.stdout + alone.stderr
        assert str(info.name) in asked.stdout


def test_an_interruption_is_a_sentence(monkeypatch: pytest.MonkeyPatch, clipplot: Run) -> None:
    from clipplot_pipeline.site import verify

    def interrupt(url: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "verify_site", interrupt)
    result = clipplot("verify", "site")
    assert result.returncode == 1
    assert "the same command goes on where it stopped" in result.stderr
    assert "Traceback" not in result.stderr


def test_names_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say("images/:cat:[bold].jpg")
    assert capsys.readouterr().err == "images/:cat:[bold].jpg\n"
