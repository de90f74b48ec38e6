"""Atomic, content-hashed reads and writes on any fsspec URL: bytes, JSON, Parquet.

Belongs here: where bytes lie, that a write is whole or absent, and the hash of a table's content.
Does not belong here: what the tables mean (``schemas``), which output is current (``ledger``).
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from clipplot_pipeline.errors import StoreError, read_s3_code
from clipplot_pipeline.holding import PARTIAL, create_whole, hold, is_old, remove_abandoned

#: Rows of a Parquet row group: what a reader holds at once.
ROW_GROUP_ROWS = 1024


class Store:
    """A folder on any fsspec URL.

    Parameters
    ----------
    url : str
        A local path or an fsspec URL (``s3://bucket/prefix``, ``memory://x`` …).
    storage_options : dict, optional
        Handed to fsspec.
    """

    def __init__(self, url: str, storage_options: dict[str, Any] | None = None) -> None:
        self.url = str(url)
        self.fs, root = fsspec.core.url_to_fs(self.url, **(storage_options or {}))
        self.root = str(root).rstrip("/")
        self.is_local = isinstance(self.fs, LocalFileSystem)

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    @property
    def is_s3(self) -> bool:
        """Whether the files lie on S3, or on what speaks as S3 does."""
        protocol = self.fs.protocol
        return not {"s3", "s3a"}.isdisjoint([protocol] if isinstance(protocol, str) else protocol)

    def child(self, *parts: str) -> Store:
        """Return the store of a folder below this one."""
        below = Store.__new__(Store)
        below.url = "/".join([self.url.rstrip("/"), *parts])
        below.fs, below.is_local = self.fs, self.is_local
        below.root = "/".join([self.root, *parts])
        return below

    def locate(self, path: str) -> str:
        """Return where ``path`` (relative, ``/`` between folders) lies on the file system."""
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise StoreError(f"{self.url}: the path {path!r} leads out of the folder; expected one inside it")
        return f"{self.root}/{path}"

    def address(self, path: str) -> str:
        """Return the address of a file, as anything that reads fsspec's takes it."""
        where = self.locate(path)
        return where if self.is_local else str(self.fs.unstrip_protocol(where))

    def local_path(self, path: str) -> Path | None:
        """Return the local path of a file, or None if the store is not on a local disk."""
        return Path(self.locate(path)) if self.is_local else None

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is there."""
        return bool(self.fs.exists(self.locate(path)))

    def size(self, path: str) -> int:
        """Return the size of a file in bytes."""
        return int(self.fs.size(self.locate(path)))

    def count_bytes(self) -> int:
        """Return the size of all files of the store together, in bytes; 0 if it is absent."""
        if not self.fs.exists(self.root):
            return 0
        self.fs.invalidate_cache(self.root)
        return int(self.fs.du(self.root))

    def list_files(self, path: str = "") -> list[str]:
        """Return the files below a folder, sorted, relative to this store; none if it is absent."""
        top = self.locate(path) if path else self.root
        if not self.fs.exists(top):
            return []
        self.fs.invalidate_cache(top)
        cut = len(self.root) + 1
        return sorted(str(f)[cut:] for f in self.fs.find(top))

    def list_folders(self, path: str = "") -> list[str]:
        """Return the names of the folders directly in a folder, sorted; none if it is absent."""
        top = self.locate(path) if path else self.root
        if not self.fs.exists(top):
            return []
        entries = self.fs.ls(top, detail=True)
        return sorted(e["name"].rstrip("/").rsplit("/", 1)[-1] for e in entries if e["type"] == "directory")

    def delete(self, path: str) -> None:
        """Delete a file or folder; nothing happens if it is absent."""
        where = self.locate(path)
        if self.fs.exists(where):
            self.fs.rm(where if self.is_local else _literal(where), recursive=True)

    def delete_partials(self, path: str) -> None:
        """Delete the files below a folder that were begun by writers which are gone."""
        for name in self.list_files(path):
            if name.endswith(PARTIAL):
                self._delete_partial(name)

    def _delete_partial(self, name: str) -> None:
        if where := self.local_path(name):
            remove_abandoned(where)
            return
        with contextlib.suppress(FileNotFoundError):  # its writer has just finished it
            if is_old(self.fs.modified(self.locate(name)).timestamp()):
                self.delete(name)

    def delete_partials_of(self, path: str) -> None:
        """Delete what was written of a file by writers that are gone; only a local disk keeps that."""
        where = self.local_path(path)
        for left in where.parent.glob(f"{glob.escape(where.name)}.*{PARTIAL}") if where else ():
            remove_abandoned(left)

    @contextlib.contextmanager
    def open_write(self, path: str) -> Iterator[IO[bytes]]:
        """Write a file that is whole or absent: it takes its name when the block ends without an error."""
        where = self.locate(path)
        self.fs.makedirs(where.rsplit("/", 1)[0], exist_ok=True)
        partial = f"{where}.{uuid.uuid4().hex[:8]}{PARTIAL}"
        with hold(Path(partial)) if self.is_local else contextlib.nullcontext():
            try:
                with self.fs.open(partial, "wb") as file:
                    yield file
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    self.fs.rm_file(partial)
                raise
            if self.is_local:
                Path(partial).replace(where)
            else:
                self.fs.cp_file(partial, where)  # not `mv`, which takes brackets for a pattern
                self.fs.rm_file(partial)

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a file atomically."""
        if self.is_local:
            with self.open_write(path) as file:
                file.write(data)
            return
        where = self.locate(path)
        self.fs.makedirs(where.rsplit("/", 1)[0], exist_ok=True)
        self.fs.pipe_file(where, data)  # one request: an object store shows it whole or not at all

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that must not be there, whole; return False if it is.

        Exclusive on a disk and on S3, where one of two gets True; elsewhere it is looked for before.
        """
        where = self.locate(path)
        try:
            if self.is_local:
                create_whole(Path(where), data)
            elif self.is_s3:
                self.fs.pipe_file(where, data, mode="create")  # If-None-Match: *
            elif self.fs.exists(where):
                return False
            else:
                Store.write_bytes(self, path, data)
        except FileExistsError:
            return False
        except OSError as error:
            if read_s3_code(error) not in {"PreconditionFailed", "412"}:
                raise
            return False
        return True

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes."""
        try:
            return bytes(self.fs.cat_file(self.locate(path)))
        except FileNotFoundError as error:
            raise StoreError(
                f"{self.url}/{path}: the file is missing; run `clipplot build` to make it again"
            ) from error

    def read_present_json(self, paths: Sequence[str]) -> dict[str, Any]:
        """Return the JSON values of the files that are there, by path; an object store is asked for many at a time."""
        if not paths:
            return {}
        # Not `cat`: it takes brackets in a folder's name for a pattern, and with "omit" any error for absence.
        answers = self.fs.cat_ranges([self.locate(path) for path in paths], None, None, on_error="return")
        found = {}
        for path, answer in zip(paths, answers, strict=True):
            if isinstance(answer, FileNotFoundError | NotADirectoryError):
                continue
            if isinstance(answer, BaseException):
                raise answer
            found[path] = self._parse(path, answer)
        return found

    def open_read(self, path: str) -> IO[bytes]:
        """Open a file for reading; the caller closes it."""
        opened: IO[bytes] = self.fs.open(self.locate(path), "rb")
        return opened

    def write_json(self, path: str, value: Any) -> None:
        """Write a JSON value atomically: sorted keys, so that equal values are equal bytes."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
        self.write_bytes(path, text.encode())

    def read_json(self, path: str) -> Any:
        """Return the JSON value of a file."""
        return self._parse(path, self.read_bytes(path))

    def _parse(self, path: str, data: bytes) -> Any:
        try:
            return json.loads(data)
        except ValueError as error:
            raise StoreError(f"{self.url}/{path}: not JSON ({error}); delete it and build again") from error

    def write_table(self, path: str, table: pa.Table) -> str:
        """Write a table as Parquet and return its data version (see ``TableHash``)."""
        return self.write_batches(path, table.schema, table.to_batches(max_chunksize=ROW_GROUP_ROWS))

    def write_batches(self, path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> str:
        """Stream record batches into one Parquet file and return its data version."""
        content = TableHash(schema)
        with self.open_write(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches:
                if batch.num_rows:
                    content.update(batch)
                    writer.write_batch(batch, row_group_size=ROW_GROUP_ROWS)
        return content.hexdigest()

    def read_table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Return a Parquet file as a table, or only some of its columns."""
        with self._parquet(path) as parquet:
            return parquet.read(columns=columns, use_threads=False)

    def read_batches(
        self, path: str, columns: list[str] | None = None, rows: int = ROW_GROUP_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Yield a Parquet file in batches of at most ``rows`` rows, in the file's order."""
        with self._parquet(path) as parquet:
            yield from parquet.iter_batches(batch_size=rows, columns=columns, use_threads=False)

    def read_rows(self, path: str, first: int, end: int) -> pa.Table:
        """Return the rows of a Parquet file from ``first`` to before ``end``; only their row groups are read."""
        with self._parquet(path) as parquet:
            counts = [parquet.metadata.row_group(g).num_rows for g in range(parquet.num_row_groups)]
            starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            groups = np.flatnonzero((starts[:-1] < end) & (starts[1:] > first)).tolist()
            table = parquet.read_row_groups(groups, use_threads=False)
        return table.slice(first - int(starts[groups[0]]), end - first) if groups else table

    def read_equal(self, path: str, column: str, value: str | bool) -> pa.Table:
        """Return the rows of a Parquet file with a value in a column; row groups that cannot have it are not read."""
        with self._parquet(path) as parquet:
            place = parquet.schema.names.index(column)
            told = [
                parquet.metadata.row_group(g).column(place).statistics for g in range(parquet.num_row_groups)
            ]
            groups = [
                g for g, s in enumerate(told) if s is None or not s.has_min_max or s.min <= value <= s.max
            ]
            table = parquet.read_row_groups(groups, use_threads=False)
        return table.filter(pc.equal(table[column], value)).combine_chunks()

    # Tables are read without threads and read-ahead: Arrow's may abort or hang the process as it ends (see
    # apache/arrow#34314 and #50482), and they gain little where one or two columns hold almost all bytes.
    @contextlib.contextmanager
    def _parquet(self, path: str) -> Iterator[pq.ParquetFile]:
        try:
            file = self.open_read(path)
        except FileNotFoundError as error:
            raise StoreError(
                f"{self.url}/{path}: the table is missing; run `clipplot build` to make it again"
            ) from error
        with file, pq.ParquetFile(file, pre_buffer=False) as parquet:
            yield parquet


class TableHash:
    """A hash of a table's content: the same however the rows are chunked, compressed or written.

    Parameters
    ----------
    schema : pyarrow.Schema
        Names and types count; field metadata does not.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._rows = 0
        # Validity, lengths and values of each column are fed apart, so that chunks leave no trace.
        self._streams: dict[str, Any] = defaultdict(hashlib.sha256)

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        self._rows += batch.num_rows
        for column in self._schema:
            self._feed(f"{column.name}:{column.type}", batch.column(column.name))

    def hexdigest(self) -> str:
        """Return 32 hex digits."""
        whole = hashlib.sha256(str(self._rows).encode())
        for column in self._schema:
            whole.update(f"{column.name}:{column.type}".encode())
        for name in sorted(self._streams):
            whole.update(name.encode() + self._streams[name].digest())
        return whole.hexdigest()[:32]

    def _feed(self, name: str, array: pa.Array) -> None:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        self._streams[f"{name}/valid"].update(np.asarray(array.is_valid()).astype(np.uint8).tobytes())
        array = array.drop_null() if array.null_count else array
        kind = array.type
        values = self._streams[f"{name}/values"]
        if pa.types.is_fixed_size_list(kind):
            self._feed(f"{name}/items", array.flatten())
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            values.update(np.asarray(pc.list_value_length(array)).astype("<i8").tobytes())
            self._feed(f"{name}/items", array.flatten())
        elif pa.types.is_struct(kind):
            for field, part in zip(kind, array.flatten(), strict=True):
                self._feed(f"{name}/{field.name}", part)
        elif pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind):
            lengths = self._streams[f"{name}/lengths"]
            lengths.update(np.asarray(pc.binary_length(array)).astype("<i8").tobytes())
            for value in array:
                values.update(value.as_buffer())
        elif pa.types.is_temporal(kind):
            whole_numbers = array.cast(pa.int64() if kind.bit_width == 64 else pa.int32())
            values.update(whole_numbers.to_numpy().tobytes())
        else:
            values.update(np.ascontiguousarray(array.to_numpy(zero_copy_only=False)).tobytes())


def _literal(where: str) -> str:
    """Return the pattern that a path alone matches: object stores take one when they delete."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in where)


def hash_table(table: pa.Table) -> str:
    """Return the data version of a table: 32 hex digits over its content."""
    content = TableHash(table.schema)
    for batch in table.to_batches():
        content.update(batch)
    return content.hexdigest()


def hash_json(value: Any) -> str:
    """Return 32 hex digits over a JSON value, whatever the order of its keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
