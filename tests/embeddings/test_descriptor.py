import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    embed_renditions,
    fit_embedder,
    make_embedder,
    nearest_neighbors,
)
from clipplot_pipeline.embeddings.basis import DIM, fit_basis
from clipplot_pipeline.embeddings.gradients import CELLS, DIRECTIONS, SIDE_PX, sum_gradients
from clipplot_pipeline.errors import EmbedderError, StoreError
from clipplot_pipeline.images import recipe
from clipplot_pipeline.model import ModelCard

CHOICE = EmbedderChoice("descriptor")


@pytest.fixture(scope="module")
def fitted(renditions):
    return make_embedder(CHOICE, fit_embedder(CHOICE, renditions))


def embed(embedder, renditions, batch_size=16):
    return np.vstack(list(embed_renditions(embedder, renditions, batch_size)))


def plain(colour, size=(40, 30)):
    return Image.new("RGB", size, colour)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_any_number_of_pictures_gives_a_whole_basis(count, renditions, draw, encode):
    embedder = make_embedder(CHOICE, fit_embedder(CHOICE, iter(renditions[:count])))
    vectors = embed(embedder, [*renditions[:5], encode(draw(99))])
    assert embedder.dim == DIM == vectors.shape[1]
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(np.unique(vectors, axis=0)) == 6  # different pictures stay apart, known to the basis or not


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_collection_of_one_colour_has_vectors_too(count, encode):
    grey = encode(plain((120, 120, 120)))
    embedder = make_embedder(CHOICE, fit_embedder(CHOICE, [grey] * count))
    vectors = embed(embedder, [grey, grey, encode(plain((200, 30, 30)))])
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert vectors[0] @ vectors[2] < 0.9


def test_pictures_of_any_shape_are_described(fitted):
    odd = [plain((1, 2, 3), (1, 1)), plain((0, 0, 0), (4096, 1)), plain((255, 255, 255), (1, 700))]
    vectors = fitted.embed(odd)
    assert vectors.shape == (3, DIM)
    assert np.isfinite(vectors).all()
    assert fitted.embed([]).shape == (0, DIM)


def test_the_same_collection_leaves_the_same_bytes(renditions):
    assert fit_embedder(CHOICE, renditions) == fit_embedder(CHOICE, iter(renditions))
    assert fit_embedder(CHOICE, renditions) != fit_embedder(CHOICE, renditions[:-1])


def test_a_vector_depends_on_its_picture_alone(fitted, renditions):
    together = embed(fitted, renditions, 40)
    np.testing.assert_array_equal(together, embed(fitted, renditions, 7))
    np.testing.assert_array_equal(together[::-1], embed(fitted, renditions[::-1], 16))


def test_what_the_state_holds_is_enough(fitted, renditions):
    state = fit_embedder(CHOICE, renditions)
    again = make_embedder(CHOICE, bytes(state))
    np.testing.assert_array_equal(embed(again, renditions[:3]), embed(fitted, renditions[:3]))


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.resize((57, 43), Image.Resampling.LANCZOS),
        lambda p: p.filter(ImageFilter.GaussianBlur(1)),
        lambda p: ImageEnhance.Brightness(p).enhance(1.1),
        lambda p: p.crop((3, 2, p.width - 2, p.height - 3)),
    ],
    ids=["smaller", "blurred", "brighter", "cropped"],
)
def test_a_picture_stays_nearest_to_itself_when_slightly_changed(fitted, draw, change):
    pictures = [draw(number) for number in range(20)]
    similarity = fitted.embed([change(picture) for picture in pictures]) @ fitted.embed(pictures).T
    np.testing.assert_array_equal(similarity.argmax(axis=1), np.arange(20))


def test_every_kind_of_feature_tells_pictures_apart(encode):
    """Families that differ in one respect only: hue, direction of stripes, fineness of noise, place of a square."""

    def stripes(angle, seed):
        rows, columns = np.mgrid[:96, :96]
        phase = np.random.default_rng(seed).uniform(0, 6)
        wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) / 3 + phase)
        return Image.fromarray((127 + 90 * wave).astype(np.uint8)).convert("RGB")

    def noise(grain, seed):
        coarse = np.random.default_rng(seed).integers(60, 200, (96 // grain, 96 // grain)).astype(np.uint8)
        return Image.fromarray(coarse).resize((96, 96), Image.Resampling.NEAREST).convert("RGB")

    def square(place, seed):
        picture = plain((90, 90, 90), (96, 96))
        shift = np.random.default_rng(seed).integers(-4, 5)
        picture.paste((200, 200, 200), (place + shift, 30 + shift, place + 24 + shift, 54 + shift))
        return picture

    def hue(colour, seed):
        grain = np.random.default_rng(seed).normal(0, 6, (96, 96, 1))
        return Image.fromarray(np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8))

    kinds = [
        *((stripes, angle) for angle in (0.0, 0.8, 1.57)),
        *((noise, grain) for grain in (2, 6)),
        *((square, place) for place in (8, 62)),
        *((hue, colour) for colour in ((180, 60, 60), (60, 140, 60), (60, 60, 180))),
    ]
    families = np.repeat(np.arange(len(kinds)), 6)
    drawn = [encode(make(value, seed)) for make, value in kinds for seed in range(6)]
    vectors = embed(make_embedder(CHOICE, fit_embedder(CHOICE, drawn)), drawn)
    nearest = nearest_neighbors(vectors, 3).rows
    assert (families[nearest] == families[:, None]).mean() > 0.95


def test_the_card_says_what_decides_the_vectors(fitted, renditions):
    card = fitted.card(recipe(512))
    other = make_embedder(CHOICE, fit_embedder(CHOICE, renditions[:9])).card(recipe(512))
    assert (card.embedder, card.dim, card.rendition) == ("descriptor", DIM, recipe(512))
    assert card.digest() != other.digest()
    assert "not meaning" in card.notes
    assert ModelCard.from_json(json.loads(json.dumps(card.to_json()))) == card


@pytest.mark.parametrize(
    "damage", [lambda s: b"", lambda s: s[:200], lambda s: s[:-5000], lambda s: b"x" + s[1:]]
)
def test_a_damaged_state_says_so(renditions, damage):
    state = fit_embedder(CHOICE, renditions[:2])
    with pytest.raises(StoreError, match=r"cannot be read .*clipplot build"):
        make_embedder(CHOICE, damage(state))


def test_an_embedder_that_was_not_fitted_says_so():
    with pytest.raises(EmbedderError, match="no basis"):
        make_embedder(CHOICE, None)


def test_a_rendition_that_is_no_picture_stops_the_fit(renditions):
    with pytest.raises(StoreError, match="cannot be decoded"):
        fit_embedder(CHOICE, [renditions[0], b"not a picture"])


@settings(max_examples=30)
@given(
    count=st.integers(0, 12),
    width=st.integers(DIM, DIM + 40),
    rank=st.integers(0, 5),
    seed=st.integers(0, 99),
)
def test_the_basis_orders_its_directions_and_leaves_none_out(count, width, rank, seed):
    rng = np.random.default_rng(seed)
    features = (rng.normal(size=(count, rank)) @ rng.normal(size=(rank, width))).astype(np.float32)
    basis = fit_basis(features)
    assert basis.projection.shape == (width, DIM)
    lengths = np.linalg.norm(basis.projection, axis=0)
    assert (np.diff(lengths) >= -1e-3 * lengths[-1]).all()  # strong directions are weighed down the most
    cosines = (basis.projection / lengths).T @ (basis.projection / lengths)
    np.testing.assert_allclose(cosines, np.eye(DIM), atol=1e-4)
    vector = basis.project(rng.normal(size=width).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(basis.project(basis.mean)), 1, atol=1e-6)


def test_gradients_point_where_brightness_rises():
    ramp = np.tile(np.arange(SIDE_PX, dtype=np.uint8)[None, :, None], (SIDE_PX, 1, 3))
    across, down = sum_gradients(ramp), sum_gradients(ramp.transpose(1, 0, 2))
    inner = slice(1, CELLS - 1)
    assert (across[inner, inner].argmax(axis=2) == 0).all()
    assert (down[inner, inner].argmax(axis=2) == DIRECTIONS // 4).all()
    np.testing.assert_allclose(across[inner, inner, 0], 16 * 8, rtol=1e-3)  # 16 px a cell, Sobel's weight 8
    assert not sum_gradients(np.full((SIDE_PX, SIDE_PX, 3), 77, np.uint8)).any()


@pytest.mark.packs
@pytest.mark.slow
def test_neighbours_of_photographs_share_labels(packs):
    """Well above raw pixels (0.13 and 0.38) and chance (0.01 and 0.11), on pictures that the fit did not see too.

    The measure of all is benchmarks/embeddings_quality.py.
    """
    with (packs / "photos" / "metadata.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    data = [(packs / "photos" / "images" / row["filename"]).read_bytes() for row in table]
    nearest = nearest_neighbors(embed(make_embedder(CHOICE, fit_embedder(CHOICE, data[::3])), data), 5).rows
    for field, least in (("label", 0.25), ("category", 0.58)):
        values = np.array([row[field] for row in table])
        is_known = values != ""
        assert (values[nearest] == values[:, None])[is_known].mean() > least, field
