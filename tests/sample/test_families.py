"""The families as pictures: each varied in itself, and told apart from the others by eye."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.sample.families import FAMILIES
from clipplot_pipeline.sample.family import Family

Features = NDArray[np.float64]


def look_at(path: Path) -> Features:
    """Colours (a coarse histogram) and directions of edges at two scales: what an eye takes in."""
    with Image.open(path) as picture:
        small = np.asarray(picture.resize((96, 96), Image.Resampling.BOX), dtype=np.float64) / 255.0
    bins = np.minimum((small * 4).astype(int), 3) @ np.array([16, 4, 1])
    colors = np.sqrt(np.bincount(bins.ravel(), minlength=64) / bins.size)
    parts = [colors]
    gray = small.mean(axis=2)
    for step in (1, 4):
        dy, dx = np.gradient(gray[::step, ::step])
        angle = np.mod(np.arctan2(dy, dx), np.pi) / np.pi * 8
        edges = np.bincount(np.minimum(angle.astype(int), 7).ravel(), np.hypot(dx, dy).ravel(), 8)
        parts += [np.sqrt(edges / edges.sum()), np.array([np.sqrt(np.hypot(dx, dy).mean()) * 2])]
    cells = gray.reshape(4, 24, 4, 24)
    parts += [cells.mean(axis=(1, 3)).ravel() / 2, cells.std(axis=(1, 3)).ravel() * 2]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def seen(sample: Path) -> tuple[Features, NDArray[np.int64]]:
    """Features (n, d) and family numbers (n,) of the whole sample."""
    features, numbers = [], []
    for number, family in enumerate(FAMILIES):
        for path in sorted((sample / "images" / family.name).glob("*.jpg")):
            features.append(look_at(path))
            numbers.append(number)
    return np.array(features), np.array(numbers)


def test_pictures_of_a_family_are_nearer_to_each_other_than_to_others(
    seen: tuple[Features, NDArray[np.int64]],
) -> None:
    features, numbers = seen
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    same = numbers[:, None] == numbers[None]
    other_than_self = ~np.eye(len(numbers), dtype=bool)
    spread = []
    for number, family in enumerate(FAMILIES):
        own = numbers == number
        within = distance[own][:, own][other_than_self[own][:, own]].mean()
        between = distance[own][:, ~own].mean()
        # compositions are the most various family: with few pictures it may come out even
        assert within < between * 1.05, family.name
        spread.append(within / between)
    assert np.mean(spread) < 0.85
    nearest = np.where(other_than_self, distance, np.inf).argmin(axis=1)
    # chance would be one in fourteen
    assert same[np.arange(len(numbers)), nearest].mean() > 0.5


def test_no_two_pictures_look_alike(seen: tuple[Features, NDArray[np.int64]]) -> None:
    features, numbers = seen
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    distance[np.eye(len(numbers), dtype=bool)] = np.inf
    assert distance.min() > 0.02


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_draws_at_any_size_it_may_be_asked_for(family: Family) -> None:
    @settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        seed=st.integers(0, 2**32),
        size=st.sampled_from([(120, 50), (50, 120), (90, 90), (131, 97)]),
    )
    def check(seed: int, size: tuple[int, int]) -> None:
        drawing = family.draw(np.random.default_rng(seed), size)
        again = family.draw(np.random.default_rng(seed), size)
        assert drawing.image.size == size
        assert drawing.image.mode == "RGB"
        assert drawing.image.tobytes() == again.image.tobytes()
        assert drawing.tags == again.tags
        assert drawing.motif in drawing.tags
        assert len(set(drawing.image.convert("L").tobytes())) > 8

    check()
