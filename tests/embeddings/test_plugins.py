"""Embedders of other packages: what an entry point names, found as pip would have installed it."""

import sys
import textwrap

import numpy as np
import pytest

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    TextSide,
    check_available,
    embed_renditions,
    make_embedder,
    needs_fit,
    plugin_version,
)
from clipplot_pipeline.errors import EmbedderError, SettingsError
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.images import recipe
from clipplot_pipeline.settings import load_settings

CODE = """
    import numpy as np

    def mean_colour(pictures):
        assert isinstance(pictures, list)
        return [np.asarray(picture).reshape(-1, 3).mean(axis=0) + 1 for picture in pictures]

    class Thorough:
        dim, batch_size = 4, 5
        model, weights, notes = "four sums", "none", "Sees next to nothing."
        sizes = []

        def __call__(self, pictures):
            self.sizes.append(len(pictures))
            return np.array([[p.width, p.height, 1, 2] for p in pictures], np.float64)

        def embed_texts(self, texts):
            return [[len(text), 0, 0, 0] for text in texts]

    def fails(pictures):
        raise ValueError("no such planet")

    def loses(pictures):
        return np.ones((max(len(pictures) - 1, 1), 3))

    number = 7
"""
POINTS = """
    [clipplot.embedders]
    colour = sky_embedders:mean_colour
    thorough = sky_embedders:Thorough
    fails = sky_embedders:fails
    loses = sky_embedders:loses
    number = sky_embedders:number
    absent = sky_embedders:absent
"""


def install(folder, version="1.2"):
    info = folder / f"sky_embedders-{version}.dist-info"
    info.mkdir(parents=True)
    (folder / "sky_embedders.py").write_text(textwrap.dedent(CODE))
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sky-embedders\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(textwrap.dedent(POINTS))


@pytest.fixture
def _installed(tmp_path, monkeypatch):
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield
    sys.modules.pop("sky_embedders", None)


def make(name):
    choice = EmbedderChoice(name)
    check_available(choice)
    assert not needs_fit(choice)
    return make_embedder(choice, None)


@pytest.mark.usefixtures("_installed")
def test_a_plain_function_is_an_embedder(renditions, draw):
    embedder = make("colour")
    assert (embedder.name, embedder.dim) == ("colour", 3)
    vectors = np.vstack(list(embed_renditions(embedder, renditions, 7)))
    assert vectors.shape == (40, 3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    expected = np.asarray(draw(17)).reshape(-1, 3).mean(axis=0) + 1
    assert vectors[17] @ (expected / np.linalg.norm(expected)) > 0.999
    assert not isinstance(embedder, TextSide)
    assert embedder.embed([]).shape == (0, 3)


@pytest.mark.usefixtures("_installed")
def test_a_class_says_more_of_itself(renditions):
    embedder = make("thorough")
    assert embedder.dim == 4
    card = embedder.card(recipe(512))
    assert (card.embedder, card.model, card.dim) == ("thorough", "four sums", 4)
    assert card.weights == "sky-embedders 1.2; none"
    assert card.notes == "Sees next to nothing."
    list(embed_renditions(embedder, renditions))
    assert embedder._function.sizes == [5] * 8
    assert isinstance(embedder, TextSide)
    np.testing.assert_array_equal(embedder.embed_texts(["abc"]), [[1, 0, 0, 0]])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("number", "is of type int; expected a callable"),
        ("absent", "cannot be loaded .*absent"),
        ("fails", "failed on 1 inputs .ValueError: no such planet"),
    ],
)
@pytest.mark.usefixtures("_installed")
def test_what_does_not_work_is_told_with_the_package(name, said):
    with pytest.raises(EmbedderError, match=said) as error:
        make(name)
    assert "sky-embedders 1.2" in str(error.value)


@pytest.mark.usefixtures("_installed")
def test_vectors_are_never_joined_to_the_wrong_pictures(renditions):
    with pytest.raises(EmbedderError, match=r"shape \(6, 3\) for 7 inputs; expected one row for each"):
        list(embed_renditions(make("loses"), renditions, 7))


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(EmbedderError, match=r"embedder colour: no installed package brings it"):
        check_available(EmbedderChoice("colour"))


@pytest.mark.usefixtures("_installed")
def test_settings_know_what_is_installed(tmp_path):
    assert load_settings(tmp_path, {"embedder": "thorough"}).embedder == "thorough"
    with pytest.raises(
        SettingsError, match=r"`open_clip`, `descriptor` or `imported`.*colour, fails.*thorough"
    ):
        load_settings(tmp_path, {"embedder": "thoruogh"})


def test_another_version_of_the_package_computes_vectors_anew(tmp_path, monkeypatch):
    versions = []
    for version in ("1.2", "1.3"):
        with monkeypatch.context() as patch:
            install(tmp_path / version, version)
            patch.syspath_prepend(tmp_path / version)
            nodes = build_graph(load_settings(tmp_path, {"embedder": "colour"}))
            assert plugin_version("colour") == f"sky-embedders {version}"
            assert nodes["embedder"].after == ("inventory",)
            versions.append(nodes["embedder"].version)
    assert len(set(versions)) == 2
