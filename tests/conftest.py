"""What tests of several rooms share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packs() -> Path:
    """Return the folder of real image packs beside the checkout, or skip the test."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "photos" / "images").is_dir():
        pytest.skip("the real image packs are not beside this checkout")
    return folder
