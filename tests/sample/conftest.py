"""The sample that these tests look at: five pictures of every family."""

from pathlib import Path

import pytest

from clipplot_pipeline.sample import draw_sample
from clipplot_pipeline.sample.families import FAMILIES


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures of every family and their table."""
    folder = tmp_path_factory.mktemp("sample")
    draw_sample(folder, count=5 * len(FAMILIES), seed=1)
    return folder
