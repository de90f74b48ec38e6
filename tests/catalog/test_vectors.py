"""Whose vector is whose: by name, never by order, and never by guessing."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.catalog.vectors import (
    NO_VECTOR,
    SEVERAL_VECTORS,
    UNSURE_VECTOR,
    Assignment,
    assign_vectors,
)
from clipplot_pipeline.errors import SourceError


def assign(paths: list[str], keys: list[str | None], kind: str = "image_path") -> Assignment:
    names = pa.table(
        {
            "key": pa.array(keys, pa.string()),
            "file": pa.array([0] * len(keys), pa.int32()),
            "row": pa.array(range(len(keys)), pa.int64()),
        }
    )
    return assign_vectors(pa.chunked_array([pa.array(sorted(paths), pa.string())]), names, kind)


def given_rows(found: Assignment) -> dict[str, int]:
    return dict(zip(found.given["path"].to_pylist(), found.given["row"].to_pylist(), strict=True))


def missing(found: Assignment) -> dict[str, str]:
    return dict(zip(found.missing["path"].to_pylist(), found.missing["reason"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    "prefix",
    ["", "/data/photos/", "C:\\photos\\", "file:///mnt/x/", "./"],
    ids=["none", "unix", "windows", "url", "dot"],
)
def test_a_prefix_of_another_machine_does_not_matter(prefix: str) -> None:
    paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg"]
    keys = [prefix + path.replace("/", "\\" if "\\" in prefix else "/") for path in reversed(paths)]
    found = assign(paths, list(keys))
    assert given_rows(found) == {"b/1.jpg": 0, "a/2.jpg": 1, "a/1.jpg": 2}
    assert found.missing.num_rows == found.unused == found.unsure == found.doubled == 0


def test_pictures_that_moved_one_folder_down_are_found_once_all_lose_their_prefix() -> None:
    found = assign(["scans/a/1.jpg", "scans/b/2.jpg"], ["/old/disk/b/2.jpg", "/old/disk/a/1.jpg"])
    assert given_rows(found) == {"scans/a/1.jpg": 1, "scans/b/2.jpg": 0}


def test_keys_without_an_ending_are_those_of_webdataset() -> None:
    assert given_rows(assign(["00000/000000012.jpg", "00000/000000013.png"], ["000000013", "000000012"])) == {
        "00000/000000012.jpg": 1,
        "00000/000000013.png": 0,
    }


def test_a_name_that_could_be_two_pictures_is_given_to_none() -> None:
    found = assign(["a/1.jpg", "b/1.jpg", "c.jpg"], ["1.jpg", "c.jpg"])
    assert given_rows(found) == {"c.jpg": 1}
    assert missing(found) == {"a/1.jpg": UNSURE_VECTOR, "b/1.jpg": UNSURE_VECTOR}
    assert (found.unsure, found.left) == (1, ("1.jpg",))


def test_two_vectors_of_one_picture_are_given_to_none() -> None:
    found = assign(["a.jpg", "b.jpg"], ["a.jpg", "a.jpg", "b.jpg"])
    assert given_rows(found) == {"b.jpg": 2}
    assert missing(found) == {"a.jpg": SEVERAL_VECTORS}
    assert found.doubled == 2


def test_what_is_left_over_on_either_side_is_told() -> None:
    found = assign(["a.jpg", "new.jpg"], ["a.jpg", "gone.jpg", None])
    assert given_rows(found) == {"a.jpg": 0}
    assert missing(found) == {"new.jpg": NO_VECTOR}
    assert (found.unused, found.nameless, found.left) == (1, 1, ("gone.jpg",))


def test_names_that_go_with_nothing_stop_at_once() -> None:
    with pytest.raises(
        SourceError, match=r"of 1 names of vectors none is in the source: .* 'x/1.jpg', .* 'a.jpg'"
    ):
        assign(["a.jpg"], ["x/1.jpg"])


def test_no_pictures_need_no_vectors() -> None:
    assert assign([], ["a.jpg"]).given.num_rows == 0


NAMES = st.text("ab", min_size=1, max_size=2)
PATHS = st.sets(
    st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/".join(names) + ".jpg"), min_size=1
)


@given(PATHS, st.sampled_from(["", "/far/away/", "q/"]), st.randoms(use_true_random=False))
def test_whatever_the_order_every_picture_has_its_own_vector(
    paths: set[str], prefix: str, rng: random.Random
) -> None:
    keys = sorted(paths)
    rng.shuffle(keys)
    found = assign(sorted(paths), [prefix + key for key in keys])
    for path, row in given_rows(found).items():
        assert keys[row] == path
    assert found.missing.num_rows == 0
