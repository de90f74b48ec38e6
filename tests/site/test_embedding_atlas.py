"""The table for Embedding Atlas, read back as that program does: with pandas and with DuckDB."""

import io
import shlex
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline import schemas
from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.embedding_atlas import (
    AtlasTable,
    make_command,
    read_published,
    tabulate_neighbors,
    write_atlas_table,
)
from clipplot_pipeline.storage import Store


def neighbors_of(pairs):
    """Return the table of neighbours: ids and similarities by image."""
    rows = [
        {"image_id": own, "ids": [i for i, _ in found], "similarities": [s for _, s in found]}
        for own, found in pairs.items()
    ]
    return pa.Table.from_pylist(rows, schema=schemas.NEIGHBORS)


@pytest.fixture(scope="module")
def written(tmp_path_factory, published):
    """The table of the sample site without its third image; each image's neighbours are the two that follow."""
    folder = tmp_path_factory.mktemp("atlas")
    ids = pq.read_table(published / "images.parquet")["image_id"].to_pylist()
    pairs = {own: [(ids[(k + 1) % 40], 0.75), (ids[(k + 2) % 40], 1.0000001)] for k, own in enumerate(ids)}
    live = pa.chunked_array([[i for i in ids if i != ids[2]]])
    site = Store(str(published))
    made = write_atlas_table(
        site, read_published(site), neighbors_of(pairs), live, Store(str(folder)), "t.parquet"
    )
    return made, folder / "t.parquet", ids


def test_pandas_reads_positions_pictures_and_neighbours(written, published):
    made, file, ids = written
    frame = pd.read_parquet(file)
    whole = pd.read_parquet(published / "images.parquet")
    assert frame["image_id"].tolist() == [i for i in ids if i != ids[2]]
    assert made.rows == len(frame) == 39
    kept = whole[whole["image_id"] != ids[2]]
    np.testing.assert_array_equal(frame[made.x], kept["umap_x"])
    np.testing.assert_array_equal(frame[made.y], kept["umap_y"])
    assert set(whole.columns) < set(frame.columns)
    # Ids are rows of this very table; the image that is not in it is nobody's neighbour.
    first = frame[made.neighbors].iloc[0]
    assert frame["image_id"].iloc[first["ids"]].tolist() == [ids[1]]
    assert first["distances"].tolist() == [0.25]
    fourth = frame[made.neighbors].iloc[2]
    assert frame["image_id"].iloc[fourth["ids"]].tolist() == [ids[4], ids[5]]
    assert fourth["distances"].tolist() == [0.25, 0.0]
    for cell, row in zip(frame[made.image], frame.itertuples(), strict=True):
        with Image.open(io.BytesIO(cell["bytes"])) as picture:
            assert max(picture.size) <= 160
            assert picture.width / picture.height == pytest.approx(row.width_px / row.height_px, rel=0.1)
        assert cell["path"] == row.path


def test_duckdb_reads_it_in_place(written):
    made, file, _ = written
    found = duckdb.sql(
        f"SELECT count(*), sum(len({made.neighbors}.ids)), min(octet_length({made.image}.bytes)) > 100, "
        f"count({made.text}) FROM '{file.as_posix()}'"
    ).fetchone()
    assert found is not None
    assert found[:3] == (39, 39 * 2 - 2, True)
    assert found[3] > 0


def test_the_command_names_columns_that_are_there(written):
    made, file, _ = written
    words = shlex.split(make_command("t.parquet", made))
    assert words[:2] == ["embedding-atlas", "t.parquet"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert list(options) == ["--x", "--y", "--neighbors", "--text", "--image"]
    assert set(options.values()) <= set(pq.read_schema(file).names)


@pytest.mark.skipif(sys.platform == "win32", reason="its shell has other quotes")
@pytest.mark.parametrize(
    "name", ["$(touch made)", "`touch made`", "a 'b' \"c\" \\", "Titel; touch made", "ä\n"]
)
def test_a_column_of_any_name_is_one_word_to_a_shell(name, tmp_path):
    command = make_command("my table.parquet", AtlasTable(1, "umap_x", "umap_y", "neighbors", name, None))
    words = subprocess.run(
        ["sh", "-c", f"printf '%s\\0' {command}"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    expected = [
        "embedding-atlas",
        "my table.parquet",
        "--x",
        "umap_x",
        "--y",
        "umap_y",
        "--neighbors",
        "neighbors",
    ]
    assert words == [*expected, "--text", name, ""]
    assert not list(tmp_path.iterdir())


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.floats(-1, 1, width=32)), max_size=4), max_size=8))
def test_neighbours_are_the_same_as_by_hand(lists):
    known = {f"i{k}": [(f"i{n}", s) for n, s in found] for k, found in enumerate(lists)}
    ids = [f"i{k}" for k in range(9, -1, -1)]  # some of them have no neighbours
    made = tabulate_neighbors(pa.chunked_array([ids], pa.string()), neighbors_of(known)).to_pylist()
    for own, cell in zip(ids, made, strict=True):
        expected = [(ids.index(i), max(1 - s, 0)) for i, s in known.get(own, []) if i in ids]
        assert cell["ids"] == [row for row, _ in expected]
        np.testing.assert_allclose(cell["distances"], [d for _, d in expected], rtol=1e-5, atol=1e-6)


def test_without_a_site_there_is_no_table(tmp_path):
    with pytest.raises(SiteError, match="expected a published site"):
        read_published(Store(str(tmp_path)))
