"""Files of ready-made vectors: found, paired, named, read; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources.vector_files import find_vectors, holds_vectors
from clipplot_pipeline.sources.vector_listing import list_vectors
from clipplot_pipeline.sources.vector_rows import read_rows, read_shape
from tests.vectors import make_vectors, write_clip_retrieval

NAMES = [f"/data/photos/{n % 3}/p{n:02}.jpg" for n in range(10)]


def lookup(folder: str | Path | Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Return every vector by its name."""
    entries = [str(folder)] if isinstance(folder, str | Path) else list(folder)
    listing = list_vectors(find_vectors(entries)[0], entries)
    found = {}
    for key, file, row in zip(*(listing.names[c].to_pylist() for c in ("key", "file", "row")), strict=True):
        found[key] = read_rows(listing.files[file].url, listing.shapes[file], np.array([row]))[0]
    return found


@pytest.mark.parametrize("digits", [0, 1, 4])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("is_strided", [False, True])
def test_a_clip_retrieval_folder_gives_every_name_its_vector(
    tmp_path: Path, digits: int, dtype: type, is_strided: bool
) -> None:
    vectors = make_vectors(len(NAMES)).astype(dtype)
    write_clip_retrieval(tmp_path, NAMES, vectors, parts=3, digits=digits, is_strided=is_strided)
    found = lookup(tmp_path)
    assert sorted(found) == sorted(NAMES)
    for name, vector in zip(NAMES, vectors, strict=True):
        np.testing.assert_array_equal(found[name], vector.astype(np.float32))


def test_unpadded_numbers_are_numbers(tmp_path: Path) -> None:
    names = [f"p{n:02}.jpg" for n in range(24)]
    vectors = make_vectors(24)
    write_clip_retrieval(tmp_path, names, vectors, parts=12, digits=1)  # 10 sorts before 2
    metadata = tmp_path / "metadata"
    for number in range(12):  # padded on one side only
        (metadata / f"metadata_{number}.parquet").rename(metadata / f"metadata_{number:03}.parquet")
    found = lookup(tmp_path)
    np.testing.assert_array_equal(found["p23.jpg"], vectors[23])
    assert holds_vectors(str(tmp_path))
    assert not holds_vectors(str(metadata))


def test_a_folder_behind_a_url_is_read_by_ranges(tmp_path: Path) -> None:
    vectors = make_vectors(len(NAMES))
    write_clip_retrieval(tmp_path, NAMES, vectors, parts=2)
    memory = fsspec.filesystem("memory")
    memory.put(str(tmp_path), "/vectors-by-url", recursive=True)
    try:
        url = "memory://vectors-by-url"
        found = lookup(url)
        np.testing.assert_array_equal(np.stack([found[name] for name in NAMES]), vectors)
        first = find_vectors([url])[0][0].url
        rows = np.array([0, 1, 4])
        np.testing.assert_array_equal(read_rows(first, read_shape(first), rows), vectors[rows])
    finally:
        memory.rm("/vectors-by-url", recursive=True)


def test_a_missing_partner_is_an_error_and_no_shift(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=3)
    (tmp_path / "metadata" / "metadata_1.parquet").unlink()
    with pytest.raises(SourceError, match=r"1 files of vectors have no list of pictures \(img_emb_1.npy\)"):
        find_vectors([str(tmp_path)])
    (tmp_path / "img_emb" / "img_emb_2.npy").unlink()
    with pytest.raises(SourceError, match=r"1 lists of pictures have no vectors \(metadata_2.parquet\)"):
        find_vectors([str(tmp_path)])


def test_numbers_of_two_runs_are_refused(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=2)
    np.save(tmp_path / "img_emb" / "img_emb_01.npy", make_vectors(5))
    with pytest.raises(SourceError, match=r"1 numbers in .* are those of several files"):
        find_vectors([str(tmp_path)])


def test_counts_that_differ_are_refused(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=1)
    np.save(tmp_path / "img_emb" / "img_emb_0.npy", make_vectors(9))
    with pytest.raises(SourceError, match=r"img_emb_0.npy has 9 rows, and metadata_0.parquet names 10"):
        lookup(tmp_path)


def test_models_of_different_dimensions_do_not_mix(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=2)
    np.save(tmp_path / "img_emb" / "img_emb_1.npy", make_vectors(5, dim=12))
    with pytest.raises(
        SourceError, match=r"1 files of 8 numbers a vector and 1 files of 12 numbers a vector"
    ):
        lookup(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=1)
    (tmp_path / "img_emb" / "img_emb_0.npy").write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(SourceError, match=r"img_emb_0.npy cannot be read .* copy it anew"):
        lookup(tmp_path)
    np.save(tmp_path / "img_emb" / "img_emb_0.npy", np.array(["a", "b"]))
    with pytest.raises(SourceError, match="holds an array of <U1"):
        lookup(tmp_path)


def test_downloads_that_failed_name_nothing(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=1)
    path = tmp_path / "metadata" / "metadata_0.parquet"
    status = ["success", "failed_to_download", *["success"] * 8]
    pq.write_table(pq.read_table(path).append_column("status", pa.array(status)), path)
    listing = list_vectors(find_vectors([str(tmp_path)])[0])
    assert listing.names["key"].to_pylist() == [NAMES[0], None, *NAMES[2:]]


def test_the_model_is_known_where_the_folder_tells_it(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=1)
    assert list_vectors(find_vectors([str(tmp_path)])[0], [str(tmp_path)]).model == ""
    (tmp_path / "options.json").write_text(json.dumps({"index": {"clip_model": "ViT-B/32"}}), "utf-8")
    assert list_vectors(find_vectors([str(tmp_path)])[0], [str(tmp_path)]).model == "ViT-B/32"


KINDS = [
    pa.list_(pa.float32(), 8),
    pa.list_(pa.float16(), 8),
    pa.list_(pa.float64()),
    pa.large_list(pa.float32()),
]


@pytest.mark.parametrize("column", ["embedding", "embeddings", "vector", "hidden_vectors"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_parquet_with_a_column_of_vectors(tmp_path: Path, column: str, kind: pa.DataType) -> None:
    vectors = make_vectors(len(NAMES)).astype(np.float16)
    cells: list[list[np.float16] | None] = [list(vector) for vector in vectors]
    if kind.value_type != pa.float16():
        cells = [[float(x) for x in vector] for vector in vectors]  # type: ignore[misc]
    cells[3] = None
    table = pa.table({"path": NAMES, "width": [1] * 10, column: pa.array(cells, kind)})
    pq.write_table(table, tmp_path / "v.parquet", row_group_size=4)
    found = lookup(tmp_path / "v.parquet")
    assert np.isnan(found[NAMES[3]]).all()
    for number in (0, 1, 2, 4, 9):
        np.testing.assert_array_equal(found[NAMES[number]], vectors[number].astype(np.float32))


def test_names_in_hugging_faces_image_column(tmp_path: Path) -> None:
    vectors = make_vectors(2)
    image = pa.array([{"bytes": b"x", "path": "a.jpg"}, {"bytes": b"y", "path": "b.jpg"}])
    pq.write_table(pa.table({"image": image, "embedding": pa.array(list(vectors))}), tmp_path / "v.parquet")
    assert sorted(lookup(tmp_path)) == ["a.jpg", "b.jpg"]


def test_parquet_whose_rows_differ_in_length_is_refused_by_row(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"path": ["a.jpg", "b.jpg"], "vector": [[1.0, 2.0, 3.0], [1.0, 2.0]]}),
        tmp_path / "v.parquet",
    )
    with pytest.raises(SourceError, match=r"row 2 of .*v.parquet has 2 numbers, those before it 3"):
        lookup(tmp_path)


def test_parquet_without_vectors_or_names_says_what_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"path": ["a.jpg"], "width": [3]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="has no column of vectors, only path, width"):
        lookup(tmp_path / "a.parquet")
    pq.write_table(pa.table({"who": ["a.jpg"], "vector": [[1.0]]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match=r"no column of .* names the pictures, it has who, vector"):
        lookup(tmp_path / "b.parquet")


@pytest.mark.parametrize("ending", ["txt", "json", "csv", "jsonl", "parquet"])
def test_npy_with_a_list_of_paths(tmp_path: Path, ending: str) -> None:
    vectors = make_vectors(3)
    names = ["a/ü 1.jpg", "b.jpg", "c.jpg"]
    np.save(tmp_path / "vectors.npy", vectors)
    lists = {
        "txt": "\n".join(names) + "\n",
        "json": json.dumps(names),
        "csv": "filename,year\n" + "".join(f"{name},1900\n" for name in names),
        "jsonl": "".join(json.dumps({"file_name": name}) + "\n" for name in names),
    }
    path = tmp_path / f"paths.{ending}"
    if ending == "parquet":
        pq.write_table(pa.table({"file_name": names}), path)
    else:
        path.write_text(lists[ending], "utf-8")
    for entries in ([tmp_path], [tmp_path / "vectors.npy"], [tmp_path / "vectors.npy", path]):
        found = lookup([str(entry) for entry in entries])
        np.testing.assert_array_equal(np.stack([found[name] for name in names]), vectors)


def test_pixplots_vectors_are_called_after_their_pictures(tmp_path: Path) -> None:
    vectors = make_vectors(3)
    for number, vector in enumerate(vectors):
        np.save(tmp_path / f"p{number}.jpg.npy", vector)
    found = lookup(tmp_path)
    np.testing.assert_array_equal(found["p2.jpg"], vectors[2])
    assert list_vectors(find_vectors([str(tmp_path)])[0]).key_kind == "filename"


def test_a_changed_file_has_another_version(tmp_path: Path) -> None:
    write_clip_retrieval(tmp_path, NAMES, make_vectors(len(NAMES)), parts=2)
    files, tag = find_vectors([str(tmp_path)])
    assert find_vectors([str(tmp_path)]) == (files, tag)
    np.save(tmp_path / "img_emb" / "img_emb_1.npy", make_vectors(5).astype(np.float64))
    changed, other = find_vectors([str(tmp_path)])
    assert other != tag
    assert [file.version == was.version for file, was in zip(changed, files, strict=True)] == [True, False]


def test_a_folder_without_vectors_says_what_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing", "utf-8")
    with pytest.raises(SourceError, match="holds no vectors; expected a folder of clip-retrieval"):
        find_vectors([str(tmp_path)])


@given(st.sets(st.integers(0, 59), min_size=1), st.sampled_from(["C", "F"]))
def test_chosen_rows_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: set[int], order: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    vectors = make_vectors(60)
    np.save(folder / f"rows-{order}.npy", np.array(vectors, order=order))  # type: ignore[call-overload]
    pq.write_table(pa.table({"vector": list(vectors)}), folder / "rows.parquet", row_group_size=7)
    wanted = np.array(sorted(rows))
    for name in (f"rows-{order}.npy", "rows.parquet"):
        url = str(folder / name)
        np.testing.assert_array_equal(read_rows(url, read_shape(url), wanted), vectors[wanted])
