"""Maps that the tests of clusters share."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def continents() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four continents of three towns of fifty images each: positions, continent and town of every image, mixed."""
    rng = np.random.default_rng(7)
    continent = np.repeat(np.arange(4), 150)
    town = np.repeat(np.arange(12), 50)
    middles = np.array([[-0.6, -0.6], [-0.6, 0.6], [0.6, -0.6], [0.6, 0.6]])[continent]
    angle = town % 3 * 2.1
    places = middles + 0.16 * np.column_stack([np.cos(angle), np.sin(angle)])
    positions = (places + rng.normal(scale=0.03, size=places.shape)).astype(np.float32)
    order = rng.permutation(600)
    return positions[order], continent[order], town[order]
