"""No picture gets the words of another: rows of files that are gone, unreadable, or called alike."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.catalog.match import AMBIGUOUS, UNMATCHED, fold_path, match_rows
from tests.catalog.test_join import by_path, images, inventory, join

Paths = list[str]


def match(keys: Paths, paths: Paths, kind: str = "path", shown: list[int] | None = None) -> list[str | int]:
    rows = match_rows(
        pa.chunked_array([keys], pa.string()),
        pa.chunked_array([paths], pa.string()),
        np.array(range(len(paths)) if shown is None else shown, np.int64),
        kind,
    ).path_rows
    return [paths[row] if row >= 0 else row for row in rows.tolist()]


@pytest.mark.parametrize("kind", ["path", "filename"])
def test_the_row_of_a_file_that_is_gone_speaks_of_no_other(kind: str) -> None:
    gone = UNMATCHED if kind == "path" else AMBIGUOUS  # PixPlot's names say nothing of folders
    assert match(["x.jpg", "a/x.jpg", "b/x.jpg"], ["a/x.jpg", "x.jpg"], kind) == [
        "x.jpg",
        "a/x.jpg",
        UNMATCHED,
    ]
    assert match(["x.jpg", "a/x.jpg"], ["a/x.jpg"], kind) == [UNMATCHED, "a/x.jpg"]
    assert match(["c/x.jpg"], ["a/x.jpg", "b/x.jpg"], kind) == [gone]


def test_the_row_of_an_unreadable_file_speaks_of_no_other() -> None:
    pictures = images({"x.jpg": "1"})
    broken = inventory(images({"b/x.jpg": "2"}))
    catalog = join(
        pictures,
        [{"key": "b/x.jpg", "note": "of the broken one"}],
        {"note": "text"},
        inventory=pa.concat_tables([inventory(pictures), broken]),
    )
    assert list(by_path(catalog)) == ["x.jpg"]
    assert catalog.fields == ()
    assert catalog.unmatched == ("b/x.jpg (the file was not taken)",)


def test_the_longest_tail_decides_about_paths_of_another_machine() -> None:
    paths = ["a/x.jpg", "x.jpg"]
    assert match(["/data/a/x.jpg", "/data/x.jpg"], paths) == paths
    assert match(["/data/b/x.jpg", "/data/c/x.jpg"], paths) == [AMBIGUOUS, AMBIGUOUS]
    assert match(["/data/x.jpg", "/data/x.jpg"], ["x.jpg"]) == ["x.jpg", "x.jpg"], "one file twice"


def test_a_tail_comes_before_a_path_of_another_machine() -> None:
    assert match(["a/x.jpg"], ["c/a/x.jpg", "x.jpg"]) == ["c/a/x.jpg"]


names = st.sampled_from(["x.jpg", "X.jpg", "y.jpg", "é.jpg", "e\u0301.jpg"])
folders = st.lists(st.sampled_from("abA"), max_size=2)
files = st.tuples(folders, names).map(lambda found: "/".join([*found[0], found[1]]))
collections = st.lists(files, unique=True, max_size=10).map(sorted)
tables = st.lists(st.one_of(files, files.map(lambda path: f"/data/{path}"), names), max_size=8)
kinds = st.sampled_from(["path", "filename"])


def choose(key: str, paths: Paths, kind: str) -> str | int:
    """Return what a lone row means, one path after the other: the slow way that the fast one must equal."""
    if key in paths:
        return key
    folded = fold_path(key)
    plain = {path: fold_path(path) for path in paths}
    ways = [
        [path for path in paths if plain[path] == folded],
        [path for path in paths if plain[path].endswith(f"/{folded}")],
    ]
    tails = [path for path in paths if folded.endswith(f"/{plain[path]}")]
    ways.append([path for path in tails if len(plain[path]) == max(len(plain[tail]) for tail in tails)])
    if kind == "filename":
        last = folded.rpartition("/")[2]
        ways.append([path for path in paths if plain[path].rpartition("/")[2] == last])
    best = next((way for way in ways if way), [])
    return UNMATCHED if not best else best[0] if len(best) == 1 else AMBIGUOUS


@given(collections, files | files.map(lambda path: f"C:\\old\\{path}"), kinds)
def test_the_fast_way_equals_the_slow_one(paths: Paths, key: str, kind: str) -> None:
    assert match([key], paths, kind) == [choose(key, paths, kind)]


@settings(max_examples=50)
@given(collections, tables, kinds)
def test_among_other_rows_a_row_means_what_it_means_alone_or_nothing(
    paths: Paths, keys: Paths, kind: str
) -> None:
    for key, found in zip(keys, match(keys, paths, kind), strict=True):
        assert found in {choose(key, paths, kind), UNMATCHED, AMBIGUOUS}
        assert key not in paths or found == key


@settings(max_examples=50)
@given(collections, tables, kinds, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(paths: Paths, keys: Paths, kind: str, random: object) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    known = dict(zip(keys, match(keys, paths, kind), strict=True))
    assert match(shuffled, paths, kind) == [known[key] for key in shuffled]


def test_decomposed_names_of_a_mac_are_found_from_composed_ones() -> None:
    path = unicodedata.normalize("NFD", "Bücher/Übersicht.jpg")
    assert match(["Bücher/Übersicht.jpg", "übersicht.jpg"], [path]) == [path, UNMATCHED]


def test_many_files_of_one_name_cost_no_more_than_others() -> None:
    paths = sorted(f"book{n // 10:04}/{n % 10}.jpg" for n in range(20_000))
    assert match([f"/data/{path.upper()}" for path in paths], paths) == paths
