"""Exports, read back as those would who get them: by embedding-reader, and byte by byte."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.embeddings.export import ExportRows, delete_export, write_export
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.storage import Store

CARD = ModelCard("descriptor", "m", "w", "p", "r", 8)


def make_rows(unit_vectors, count):
    ids = [f"{number:020x}" for number in range(count)]
    paths = [f"a folder/été {number}.jpg" for number in range(count)]
    return ExportRows(ids, paths, unit_vectors(count, 8), CARD)


def read_all(reader, meta):
    """Return all vectors and metadata as embedding-reader hands them out, in its order."""
    vectors, tables = [], []
    for batch, table in reader(batch_size=3, show_progress=False):
        vectors.append(batch)
        tables.append(table)
    return np.vstack(vectors), {name: [value for table in tables for value in table[name]] for name in meta}


@pytest.mark.parametrize(("form", "file_format"), [("clip-retrieval", "parquet_npy"), ("parquet", "parquet")])
def test_embedding_reader_reads_what_was_written(tmp_path, unit_vectors, form, file_format):
    embedding_reader = pytest.importorskip("embedding_reader", reason="needs the extra `dev`")
    rows = make_rows(unit_vectors, 23)  # eleven files and more: `10` must not come before `2`
    write_export(Store(str(tmp_path)), rows, form, rows_per_file=2, is_half=False)
    meta = ["image_path", "image_id"]
    folders = {"metadata_folder": str(tmp_path / "metadata")} if form == "clip-retrieval" else {}
    reader = embedding_reader.EmbeddingReader(
        str(tmp_path / "img_emb") if folders else str(tmp_path),
        file_format=file_format,
        meta_columns=meta,
        **folders,
    )
    assert (reader.count, reader.dimension) == (23, 8)
    vectors, columns = read_all(reader, meta)
    np.testing.assert_array_equal(vectors, rows.vectors)
    assert columns == {"image_path": list(rows.paths), "image_id": list(rows.image_ids)}


@pytest.mark.parametrize(("is_half", "dtype"), [(False, "<f4"), (True, "<f2")])
def test_the_files_are_as_clip_retrieval_documents_them(tmp_path, unit_vectors, is_half, dtype):
    rows = make_rows(unit_vectors, 5)
    files = write_export(Store(str(tmp_path)), rows, "clip-retrieval", rows_per_file=2, is_half=is_half)
    assert files == sorted(
        f"{name}_000{number}.{ending}"
        for name, ending in (("img_emb/img_emb", "npy"), ("metadata/metadata", "parquet"))
        for number in range(3)
    )
    found = []
    for number in range(3):
        data = (tmp_path / f"img_emb/img_emb_000{number}.npy").read_bytes()
        length = int.from_bytes(data[8:10], "little")
        assert data[:8] == b"\x93NUMPY\x01\x00"
        header = data[10 : 10 + length].decode()
        assert f"'descr': '{dtype}'" in header
        assert "'fortran_order': False" in header
        found.append(np.frombuffer(data[10 + length :], dtype).reshape(-1, 8))
    np.testing.assert_array_equal(np.vstack(found), rows.vectors.astype(dtype))
    assert [len(part) for part in found] == [2, 2, 1]


def test_vectors_that_lie_by_column_are_written_by_row(tmp_path, unit_vectors):
    rows = make_rows(unit_vectors, 6)
    turned = ExportRows(rows.image_ids, rows.paths, np.asfortranarray(rows.vectors), CARD)
    for name, form in (("a", "clip-retrieval"), ("b", "parquet")):
        write_export(Store(str(tmp_path / name)), turned, form, rows_per_file=10, is_half=False)
    np.testing.assert_array_equal(np.load(tmp_path / "a/img_emb/img_emb_0000.npy"), rows.vectors)
    listed = pq.read_table(tmp_path / "b/embeddings_0000.parquet")["embedding"].combine_chunks()
    np.testing.assert_array_equal(listed.flatten().to_numpy().reshape(-1, 8), rows.vectors)


def test_parquet_holds_fixed_size_lists_and_the_card(tmp_path, unit_vectors):
    write_export(Store(str(tmp_path)), make_rows(unit_vectors, 3), "parquet", rows_per_file=10, is_half=False)
    table = pq.read_table(tmp_path / "embeddings_0000.parquet")
    assert table.schema.field("embedding").type == pa.list_(pa.float32(), 8)
    assert table.column_names == ["image_path", "image_id", "embedding"]
    assert ModelCard.from_json(json.loads(table.schema.metadata[b"clipplot.model_card"])) == CARD


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 40), size=st.integers(1, 45), form=st.sampled_from(["clip-retrieval", "parquet"]))
def test_no_file_is_empty_and_none_is_lost(tmp_path_factory, unit_vectors, count, size, form):
    folder = tmp_path_factory.mktemp("export")
    files = write_export(Store(str(folder)), make_rows(unit_vectors, count), form, size, is_half=False)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*")) == sorted(
        [*files, "export.json"]
    )
    tables = [pq.read_table(folder / name) for name in files if name.endswith(".parquet")]
    assert all(table.num_rows for table in tables)
    assert [path for table in tables for path in table["image_path"].to_pylist()] == [
        f"a folder/été {number}.jpg" for number in range(count)
    ]


def test_equal_vectors_give_equal_bytes(tmp_path, unit_vectors):
    for name in "ab":
        write_export(Store(str(tmp_path / name)), make_rows(unit_vectors, 9), "parquet", 4, is_half=False)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_deleting_an_export_leaves_other_files_alone(tmp_path, unit_vectors):
    store = Store(str(tmp_path))
    write_export(store, make_rows(unit_vectors, 9), "clip-retrieval", 4, is_half=False)
    (tmp_path / "img_emb" / "mine.txt").write_text("keep")
    delete_export(store)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["mine.txt"]


def test_rows_that_do_not_match_are_refused(unit_vectors):
    with pytest.raises(ValueError, match="2 ids, 2 paths, 3 vectors"):
        ExportRows(["a", "b"], ["a", "b"], unit_vectors(3, 8), CARD)
