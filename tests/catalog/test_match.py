"""Which row means which image."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.catalog.match import AMBIGUOUS, UNMATCHED, fold_path, match_rows

PATHS = ("a/x.jpg", "a/é.jpg", "b/x.jpg", "only.jpg", "top.jpg", "z/top.jpg")


def match(
    keys: list[str], paths: tuple[str, ...] = PATHS, kind: str = "path", images: list[int] | None = None
) -> list[str | int]:
    """Return the path that each key means, or why there is none."""
    found = match_rows(
        pa.chunked_array([keys], pa.string()),
        pa.chunked_array([list(paths)], pa.string()),
        np.array(range(len(paths)) if images is None else images, np.int64),
        kind,
    )
    return [paths[row] if row >= 0 else row for row in found.path_rows.tolist()]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("a/x.jpg", "a/x.jpg"),
        ("A/X.JPG", "a/x.jpg"),
        ("./a/x.jpg", "a/x.jpg"),
        ("a\\x.jpg", "a/x.jpg"),
        (" only.jpg ", "only.jpg"),
        ("only.jpg", "only.jpg"),
        ("ONLY.JPG", "only.jpg"),
        (unicodedata.normalize("NFD", "a/É.jpg"), "a/é.jpg"),
        (unicodedata.normalize("NFD", "é.jpg"), "a/é.jpg"),
        ("/data/old/a/x.jpg", "a/x.jpg"),
        ("C:\\Users\\me\\b\\x.jpg", "b/x.jpg"),
        ("images/only.jpg", "only.jpg"),
        ("top.jpg", "top.jpg"),
        ("x.jpg", AMBIGUOUS),
        ("TOP.JPG", "top.jpg"),
        ("c/x.jpg", UNMATCHED),
        ("ax.jpg", UNMATCHED),
        ("only", "only.jpg"),
        ("a/X", "a/x.jpg"),
        ("/old/b/x", "b/x.jpg"),
        ("x", AMBIGUOUS),
        ("only.tif", UNMATCHED),
        ("onl", UNMATCHED),
        ("../only.jpg", UNMATCHED),
        ("a/../only.jpg", UNMATCHED),
        ("", UNMATCHED),
        ("/", UNMATCHED),
    ],
)
def test_a_key_means_the_path_that_fits_best(key: str, meant: str | int) -> None:
    assert match([key]) == [meant]


def test_two_files_that_differ_in_case_are_two() -> None:
    paths = ("A.jpg", "a.jpg")
    assert match(["a.jpg", "A.jpg", "A.JPG"], paths) == ["a.jpg", "A.jpg", AMBIGUOUS]


def test_a_name_in_several_folders_is_clear_if_the_files_are_identical() -> None:
    assert match(["x.jpg"], images=[0, 1, 0, 3, 4, 5]) == ["a/x.jpg"]


def test_pixplots_filenames_are_found_in_other_folders_if_nobody_else_claims_the_image() -> None:
    paths = ("new/only.jpg", "new/x.jpg")
    assert match(["old/only.jpg"], paths, "filename") == ["new/only.jpg"]
    assert match(["old/only.jpg"], paths, "file_name") == [UNMATCHED]
    assert match(["old/x.jpg", "new/x.jpg"], paths, "filename") == [UNMATCHED, "new/x.jpg"]
    assert match(["old/x.jpg", "older/x.jpg"], paths, "filename") == [AMBIGUOUS, AMBIGUOUS]
    assert match(["c/x.jpg"], PATHS, "filename") == [AMBIGUOUS]


def test_without_images_nothing_matches() -> None:
    assert match(["a.jpg"], ()) == [UNMATCHED]


parts = st.text(st.sampled_from("aBcé. "), min_size=1, max_size=4).filter(
    lambda part: part.strip(". ") == part != ""
)
paths_ = st.lists(st.lists(parts, min_size=1, max_size=3).map("/".join), unique=True, max_size=8).map(sorted)


@settings(max_examples=50)
@given(paths_, st.sampled_from(["filename", "path"]))
def test_every_path_means_itself(paths: list[str], kind: str) -> None:
    assert match(paths, tuple(paths), kind) == paths


@settings(max_examples=50)
@given(paths_)
def test_a_prefix_an_upper_case_and_backslashes_change_no_clear_match(paths: list[str]) -> None:
    if len({fold_path(path) for path in paths}) < len(paths):
        return
    tails = [fold_path(path) for path in paths]
    clear = [
        path
        for path, tail in zip(paths, tails, strict=True)
        if sum(f"/{t}".endswith(f"/{tail}") for t in tails) == 1
        and sum(f"/{tail}".endswith(f"/{t}") for t in tails) == 1
    ]
    assert match(["C:\\old\\" + path.upper().replace("/", "\\") for path in clear], tuple(paths)) == clear


@settings(max_examples=50)
@given(paths_, st.lists(st.text(max_size=6), max_size=5), st.sampled_from(["filename", "path"]))
def test_any_text_means_one_of_the_paths_or_none(paths: list[str], keys: list[str], kind: str) -> None:
    keys = [key.replace("\0", "") for key in keys]
    assert all(found in (*paths, UNMATCHED, AMBIGUOUS) for found in match(keys, tuple(paths), kind))


@settings(max_examples=50)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_path(fold_path(text)) == fold_path(text)
