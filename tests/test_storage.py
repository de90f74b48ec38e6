"""The store: atomic writes, and data versions that depend on content alone."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.storage import Store, TableHash, hash_json, hash_table

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.none() | st.integers(-(2**40), 2**40),
            "text": st.none() | st.text(max_size=6),
            "flag": st.none() | st.booleans(),
            "words": st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3),
            "pair": st.none() | st.tuples(st.floats(width=32, allow_nan=False), st.just(0.5)).map(list),
            "blob": st.binary(max_size=5),
        }
    ),
    max_size=12,
)
SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64()),
        pa.field("text", pa.string()),
        pa.field("flag", pa.bool_()),
        pa.field("words", pa.list_(pa.string())),
        pa.field("pair", pa.list_(pa.float32(), 2)),
        pa.field("blob", pa.binary()),
    ]
)


@given(ROWS, st.integers(1, 5))
def test_hash_does_not_depend_on_chunks(rows: list[dict[str, object]], size: int) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    chunked = TableHash(SCHEMA)
    for batch in table.to_batches(max_chunksize=size):
        chunked.update(batch)
    assert chunked.hexdigest() == hash_table(table)


@given(ROWS, ROWS)
def test_hash_tells_content_apart(one: list[dict[str, object]], other: list[dict[str, object]]) -> None:
    first, second = (pa.Table.from_pylist(rows, schema=SCHEMA) for rows in (one, other))
    assert (hash_table(first) == hash_table(second)) == first.equals(second)


def test_hash_knows_a_blank_from_an_empty_text() -> None:
    blank, empty = (pa.table({"a": pa.array([v], pa.string())}) for v in (None, ""))
    assert hash_table(blank) != hash_table(empty)


def test_hash_json_ignores_the_order_of_keys() -> None:
    assert hash_json({"a": 1, "b": [1, 2]}) == hash_json({"b": [1, 2], "a": 1})
    assert hash_json([1, 2]) != hash_json([2, 1])


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a store in a folder whose name would do for a pattern."""
    is_local = request.param == "local"
    return Store(str(tmp_path / "letters [1901]") if is_local else f"memory://{tmp_path.name}/letters [1901]")


def test_round_trip(store: Store) -> None:
    table = pa.table({"a": [1, 2, 3]})
    version = store.write_table("deep/er/t.parquet", table)
    store.write_json("j.json", {"é": [1, None]})
    assert version == hash_table(table)
    assert store.read_table("deep/er/t.parquet").equals(table)
    assert store.read_json("j.json") == {"é": [1, None]}
    assert store.list_files() == ["deep/er/t.parquet", "j.json"]
    assert store.list_folders() == ["deep"]
    store.delete("deep")
    assert store.list_files() == ["j.json"]


def test_a_failed_write_leaves_the_old_file_and_no_rest(store: Store) -> None:
    store.write_bytes("f", b"old")

    def write_half() -> None:
        with store.open_write("f") as file:
            file.write(b"new, but")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert store.read_bytes("f") == b"old"
    assert store.list_files() == ["f"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12), st.integers(1, 4), st.data())
def test_a_part_of_a_table_is_what_the_whole_one_has(
    rows: list[tuple[str, bool]], size: int, data: st.DataObject
) -> None:
    columns = {"text": [text for text, _ in rows], "flag": [flag for _, flag in rows]}
    table = pa.table(columns, schema=pa.schema([("text", pa.string()), ("flag", pa.bool_())]))
    store = Store("memory://parts")
    store.write_batches("t.parquet", table.schema, table.to_batches(max_chunksize=size))
    for name, value in (("text", "b"), ("text", "none"), ("flag", False)):
        wanted = table.filter(pc.equal(table[name], value))
        assert store.read_equal("t.parquet", name, value).to_pylist() == wanted.to_pylist()
    first = data.draw(st.integers(0, len(rows)))
    end = data.draw(st.integers(first, len(rows)))
    assert store.read_rows("t.parquet", first, end).to_pylist() == table.slice(first, end - first).to_pylist()


def test_of_two_who_create_a_file_one_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.create("deep/secret", b"first")
    assert not store.create("deep/secret", b"second")

    def refuse(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr("os.link", refuse)
    assert not store.create("deep/secret", b"third")
    assert store.create("deep/other", b"fourth")
    assert [store.read_bytes(f"deep/{name}") for name in ("secret", "other")] == [b"first", b"fourth"]
    assert store.list_files() == ["deep/other", "deep/secret"]


def test_what_nobody_writes_any_more_is_told_from_what_is_being_written(store: Store) -> None:
    with store.open_write("folder/held") as file:
        store.delete_partials("folder")
        file.write(b"whole")
    assert store.read_bytes("folder/held") == b"whole"
    store.fs.pipe_file(store.locate("folder/left.0badf00d.partial"), b"half")
    store.delete_partials("folder")
    is_asked = store.is_local and sys.platform != "win32"
    assert store.list_files("folder") == ["folder/held"] + ["folder/left.0badf00d.partial"] * (not is_asked)


def test_many_are_read_together_and_absent_ones_left_out(store: Store) -> None:
    assert store.read_present_json([]) == {}
    store.write_json("a/1.json", 1)
    store.write_json("a/3.json", 3)
    assert store.read_present_json([f"a/{n}.json" for n in (3, 2, 1)]) == {"a/3.json": 3, "a/1.json": 1}
    store.write_bytes("a/2.json", b"{")
    with pytest.raises(StoreError, match=r"2\.json: not JSON"):
        store.read_present_json(["a/1.json", "a/2.json"])


def test_what_cannot_be_read_is_not_taken_for_absent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *range_: int) -> bytes:
        raise PermissionError(path)

    store.write_json("1.json", 1)
    monkeypatch.setattr(store.fs, "cat_file", refuse)
    with pytest.raises(PermissionError, match=r"1\.json"):
        store.read_present_json(["1.json"])


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\0b"])
def test_no_path_leads_out(store: Store, path: str) -> None:
    with pytest.raises(StoreError, match="leads out"):
        store.read_bytes(path)


def test_what_is_missing_or_damaged_is_explained(store: Store) -> None:
    with pytest.raises(StoreError, match="missing"):
        store.read_bytes("nothing")
    with pytest.raises(StoreError, match="missing"):
        store.read_table("nothing.parquet")
    store.write_bytes("bad.json", b"{")
    with pytest.raises(StoreError, match="not JSON"):
        store.read_json("bad.json")
