"""The sample collection as files: what is drawn, in which numbers, and that it repeats."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.sample import draw_sample, iterate_sample
from clipplot_pipeline.sample.collection import LONG_SIDE_PX
from clipplot_pipeline.sample.families import FAMILIES

SMALL = len(FAMILIES)


def digests(folder: Path) -> dict[str, str]:
    """The content of every file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One picture of every family, drawn in this process."""
    folder = tmp_path_factory.mktemp("once")
    assert draw_sample(folder, count=SMALL, seed=5, processes=1) == SMALL
    return folder


def test_there_are_a_dozen_families_or_a_few_more() -> None:
    assert 12 <= len(FAMILIES) <= 14
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert len({family.category for family in FAMILIES}) == len(FAMILIES)


def test_the_bytes_depend_on_the_seed_and_not_on_the_number_of_processes(once: Path, tmp_path: Path) -> None:
    draw_sample(tmp_path / "again", count=SMALL, seed=5, processes=2)
    draw_sample(tmp_path / "other", count=3, seed=6, processes=1)
    assert digests(tmp_path / "again") == digests(once)
    other, first = digests(tmp_path / "other"), digests(once)
    assert other.keys() < first.keys()
    assert not set(other.values()) & set(first.values())


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(once: Path, tmp_path: Path) -> None:
    draw_sample(tmp_path, count=3, seed=5, processes=1)
    smaller = digests(tmp_path / "images")
    assert smaller.items() < digests(once / "images").items()
    assert len(smaller) == 3


@pytest.mark.parametrize("count", [1, 5])
def test_small_samples_take_the_families_in_turn(count: int, tmp_path: Path) -> None:
    assert draw_sample(tmp_path, count=count, seed=1) == count
    per_family = Counter(path.parent.name for path in tmp_path.rglob("*.jpg"))
    assert per_family == {family.name: 1 for family in FAMILIES[:count]}


def test_pictures_are_upright_rgb_jpegs_within_the_size(sample: Path) -> None:
    shapes = set()
    for path in sorted((sample / "images").rglob("*.jpg")):
        with Image.open(path) as picture:
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
            assert LONG_SIDE_PX[0] <= max(picture.size) <= LONG_SIDE_PX[1]
            assert picture.getexif().get(0x0112) is None
            picture.load()
            ratio = picture.width / picture.height
        shapes.add(
            "panorama" if ratio > 1.7 else "wide" if ratio > 1.1 else "tall" if ratio < 0.9 else "square"
        )
    assert shapes == {"panorama", "wide", "tall", "square"}


def test_no_two_pictures_are_the_same_and_the_whole_is_small(sample: Path) -> None:
    files = sorted((sample / "images").rglob("*.jpg"))
    assert len(set(digests(sample / "images").values())) == len(files)
    # a thousand are to stay within 60 MB
    assert sum(path.stat().st_size for path in files) / len(files) < 60_000


def test_all_families_are_drawn_alike_often(sample: Path) -> None:
    per_family = Counter(path.parent.name for path in (sample / "images").rglob("*.jpg"))
    assert set(per_family) == {family.name for family in FAMILIES}
    assert max(per_family.values()) - min(per_family.values()) <= 1


def test_progress_counts_up_to_the_end_and_the_table_comes_last(tmp_path: Path) -> None:
    seen = []
    for done in iterate_sample(tmp_path, count=4, seed=2):
        assert (tmp_path / "metadata.csv").exists() == (done == 4)
        seen.append(done)
    assert seen == [1, 2, 3, 4]


def test_a_finished_sample_is_left_alone(once: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in once.rglob("*")}
    assert list(iterate_sample(once, count=SMALL, seed=5)) == [SMALL]
    assert {path: path.stat().st_mtime_ns for path in once.rglob("*")} == before


def test_an_interrupted_sample_is_finished_the_next_time(tmp_path: Path) -> None:
    drawing = iterate_sample(tmp_path / "stopped", count=4, seed=2)
    next(drawing)
    drawing.close()
    assert not (tmp_path / "stopped" / "metadata.csv").exists()
    assert draw_sample(tmp_path / "stopped", count=4, seed=2) == 4
    draw_sample(tmp_path / "straight", count=4, seed=2)
    assert digests(tmp_path / "stopped") == digests(tmp_path / "straight")


def test_a_lost_picture_is_drawn_again(tmp_path: Path) -> None:
    draw_sample(tmp_path, count=3, seed=2)
    before = digests(tmp_path)
    next(iter(sorted(tmp_path.rglob("*.jpg")))).unlink()
    draw_sample(tmp_path, count=3, seed=2)
    assert digests(tmp_path) == before


def test_another_sample_replaces_the_old_one_and_nothing_of_the_users(tmp_path: Path) -> None:
    draw_sample(tmp_path, count=6, seed=2)
    own = tmp_path / "images" / "holiday.jpg"
    own.write_bytes(b"mine")
    draw_sample(tmp_path, count=2, seed=3)
    assert own.read_bytes() == b"mine"
    own.unlink()
    assert len(list(tmp_path.rglob("*.jpg"))) == 2


@pytest.mark.parametrize("name", ["images", "metadata.csv"])
def test_a_folder_with_images_or_a_table_of_the_users_is_refused(name: str, tmp_path: Path) -> None:
    if name == "images":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("filename\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=name):
        draw_sample(tmp_path, count=2)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("count", "seed", "word"), [(0, 1, "count"), (-3, 1, "count"), (5, -1, "seed")])
def test_numbers_out_of_range_are_refused_by_name(count: int, seed: int, word: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=word):
        draw_sample(tmp_path / "new", count=count, seed=seed)
    assert not (tmp_path / "new").exists()
