"""Settings: precedence, ranges, and errors that name the key and the nearest right one."""

from pathlib import Path

import pytest

from clipplot_pipeline.cli.options import make_absolute
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.project_file import name_collection, render_project_file, write_project_file
from clipplot_pipeline.settings import Settings, iterate_knobs, load_settings, make_slug


def write(project: Path, text: str) -> None:
    (project / "clipplot.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('titel = "x"', "did you mean `title`"),
        ("shard_size = 0", "`shard_size` is 0; expected 1 to 100,000"),
        ("[layouts.umap]\nn_neighbours = 3", "did you mean `layouts.umap.n_neighbors`"),
        ('[layouts.umap]\nmin_dist = "near"', "`layouts.umap.min_dist` is 'near'; expected 0.0 to 1.0"),
        ('embedder = "clip"', "expected `open_clip`, `descriptor` or `imported`"),
        ('slug = "Not a slug"', "`slug` is 'Not a slug'"),
        ('title = " "', "at least one word"),
        ("title = ", "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=said.replace("`", ".")) as caught:
        load_settings(tmp_path)
    assert "clipplot.toml" in str(caught.value)
    assert caught.value.exit_code == 2


def test_options_come_before_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'title = "file"\ntagline = "file"\n[layouts.umap]\nseed = 7\nn_neighbors = 20')
    monkeypatch.setenv("CLIPPLOT_TITLE", "environment")
    monkeypatch.setenv("CLIPPLOT_TAGLINE", "environment")
    monkeypatch.setenv("CLIPPLOT_LAYOUTS__UMAP__N_NEIGHBORS", "30")
    settings = load_settings(tmp_path, {"title": "option"})
    assert (settings.title, settings.tagline) == ("option", "environment")
    assert (settings.layouts.umap.seed, settings.layouts.umap.n_neighbors) == (7, 30)


def test_an_unknown_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPPLOT_SHARDSIZE", "3")
    with pytest.raises(SettingsError, match=r"CLIPPLOT_SHARDSIZE.*shard_size"):
        load_settings(tmp_path)


def test_paths_start_at_the_project(tmp_path: Path) -> None:
    write(tmp_path, 'source = "pictures"\nstore = "s3://bucket/store"')
    settings = load_settings(tmp_path)
    assert settings.source == str(tmp_path / "pictures")
    assert settings.store == "s3://bucket/store"
    assert settings.metadata == ()


@pytest.mark.parametrize(
    ("told", "links"),
    [
        ("Museum = https://a.example", ("Museum = https://a.example",)),
        (
            '["A = https://a.example", "B = https://b.example"]',
            ("A = https://a.example", "B = https://b.example"),
        ),
    ],
)
def test_lists_of_sections_come_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, links: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CLIPPLOT_BRAND__LINKS", told)
    monkeypatch.setenv("CLIPPLOT_SENSITIVE", told)
    settings = load_settings(tmp_path)
    assert settings.brand.links == settings.sensitive == links


def test_files_of_sections_are_found_from_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    logo = make_absolute("brand.logo", "logo.svg")
    assert logo == str(tmp_path / "here" / "logo.svg")
    assert make_absolute("brand.ink", "#000000") == "#000000"
    write_project_file(tmp_path, {"brand.logo": logo})
    assert 'logo = "here/logo.svg"' in (tmp_path / "clipplot.toml").read_text(encoding="utf-8")
    assert load_settings(tmp_path).brand.logo == logo


def test_the_written_file_reads_back_and_explains_every_setting(tmp_path: Path) -> None:
    values = {"title": 'A "quoted" – title', "source": str(tmp_path / "in"), "layouts.umap.min_dist": 0.25}
    write_project_file(tmp_path, values)
    settings = load_settings(tmp_path)
    assert settings.title == values["title"]
    assert settings.source == values["source"]
    assert settings.layouts.umap.min_dist == 0.25
    text = (tmp_path / "clipplot.toml").read_text(encoding="utf-8")
    for knob in iterate_knobs():
        assert f"{knob.key.rpartition('.')[2]} = " in text
        assert knob.info.description
    assert 'source = "in"' in text


def test_the_defaults_in_the_comments_are_the_defaults(tmp_path: Path) -> None:
    text = render_project_file({})
    uncommented = "\n".join(
        line[2:] if line.startswith("# ") and " = " in line and "`" not in line.split(" = ")[0] else line
        for line in text.splitlines()
    )
    kept = [line for line in uncommented.splitlines() if not line.startswith("#")]
    write(tmp_path, "\n".join(kept))
    paths = {"store", "site"}  # told from another folder
    elsewhere = load_settings(tmp_path / "elsewhere")
    assert load_settings(tmp_path).model_dump(exclude=paths) == elsewhere.model_dump(exclude=paths)


def test_slices(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"layouts.umap.seed": 3})
    assert settings.pick(("title", "layouts.umap"))["layouts.umap"] == {
        "n_neighbors": 15,
        "min_dist": 0.1,
        "seed": 3,
        "refit_share": 0.2,
        "fit": 0,
        "spread_below": 20_000,
        "target": "",
        "target_weight": 0.5,
        "variants": [],
    }


@pytest.mark.parametrize("name", ["Élan & Co", "2020 drop", "___", "", "a" * 99, "日本"])
def test_slugs_are_legal(name: str) -> None:
    assert Settings(slug=make_slug(name)).slug


@pytest.mark.parametrize(
    ("source", "slug", "title"),
    [
        ("../data/photos-2020/images", "photos_2020", "Photos 2020"),
        ("C:\\Users\\me\\Herbarium", "herbarium", "Herbarium"),
        ("s3://bucket/My_Archive/img/", "my_archive", "My Archive"),
    ],
)
def test_collections_are_named_after_their_folder(source: str, slug: str, title: str) -> None:
    assert name_collection(source) == (slug, title)


def test_what_an_asset_depends_on_does_not_hang_on_where_the_project_lies(tmp_path: Path) -> None:
    slices = []
    keys = ("source", "metadata", "site", "brand", "open_clip.model", "title")
    for name in ("here", "moved/there"):
        project = tmp_path / name
        project.mkdir(parents=True)
        write(
            project,
            'source = "scans/**/*.jpg"\nmetadata = ["table.csv", "../outside.csv"]\nsite = "/srv/site"\n'
            'title = "./images"\n[brand]\nlogo = "logo.svg"\n[open_clip]\nmodel = "local-dir:model"',
        )
        settings = load_settings(project)
        picked = settings.pick(keys)
        assert settings.source == str(project / "scans" / "**" / "*.jpg")
        assert [settings.locate(path) for path in picked["metadata"]] == list(settings.metadata)
        assert settings.locate(settings.relate(str(project / "a" / "b"))) == str(project / "a" / "b")
        slices.append(picked)
    first, second = slices
    assert first["metadata"][0] == "./table.csv"
    assert {key for key in keys if first[key] != second[key]} == {"metadata"}, (
        "what lies outside is named in full"
    )
    assert first["open_clip.model"] == "local-dir:./model"
    assert (first["brand"]["logo"], first["title"]) == ("./logo.svg", "./images")
