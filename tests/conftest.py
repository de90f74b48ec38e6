"""What tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from tests.pictures import draw_collection

hypothesis.settings.register_profile(
    "clipplot",
    deadline=None,  # no test depends on the clock
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("clipplot")


#: Files that take minutes: begun first, so that no worker is left with one at the end.
LONGEST = ("test_dagster_ui.py", "test_automation.py", "test_distribution.py")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name packed bytes by their argument: gzip holds the time, and all workers must find the same names."""
    return argname if isinstance(val, bytes) and len(val) > 16 else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, the rest in its order."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def packs() -> Path:
    """Return the folder of real image packs beside the checkout, or skip the test."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "photos" / "images").is_dir():
        pytest.skip("the real image packs are not beside this checkout")
    return folder


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Return a folder with ``images`` (24 pictures), ``metadata.csv`` and room for a project."""
    return draw_collection(tmp_path)
