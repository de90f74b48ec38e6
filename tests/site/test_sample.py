"""The sample site beside this file: what the writer makes today is what it made then."""

import gzip
import io
import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.micro import decode_blocks
from clipplot_pipeline.site.ragged import RaggedColumn, decode_any
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

SAMPLE = Path(__file__).parent / "samples" / "v1"
#: Largest mean difference of a picture's pixels: encoders change from version to version.
TOLERANCE = 6.0


def _plain(path):
    """Return a path with the hashes that follow an encoder's bytes taken out."""
    return re.sub(r"\b[0-9a-f]{12,16}\b", "#", path)


def _by_plain_path(folder):
    store = Store(str(folder))
    return {_plain(path): store.read_bytes(path) for path in store.list_files()}


def _without_hashes(value):
    return json.loads(_plain(json.dumps(value)))


def test_the_sample_is_whole_and_small():
    assert verify_site(str(SAMPLE)).problems == ()
    assert sum(file.stat().st_size for file in SAMPLE.rglob("*") if file.is_file()) < 300_000


def test_the_sample_is_what_is_written_today(published):
    then, now = _by_plain_path(SAMPLE), _by_plain_path(published)
    assert sorted(now) == sorted(then)
    for path, data in then.items():
        kind = path.rpartition(".")[2]
        if kind == "json":
            assert _without_hashes(json.loads(now[path])) == _without_hashes(json.loads(data)), path
        elif kind == "bin" and path.startswith("c/micro-"):
            small, again = (
                decode_blocks(decode_column(d).stored).astype(np.int16) for d in (data, now[path])
            )
            assert np.abs(again - small).mean() < TOLERANCE, path
        elif kind == "bin" and path.startswith(("q/", "c/ground-", "c/boot.")):
            assert gzip.decompress(now[path]) == gzip.decompress(data), path
        elif kind == "bin":
            old, new = decode_any(data), decode_any(now[path])
            if isinstance(old, RaggedColumn):
                assert (new.to_lists(), new.rank_order) == (old.to_lists(), old.rank_order), path
                continue
            assert new.stored.dtype == old.stored.dtype
            assert np.array_equal(new.stored, old.stored, equal_nan=True)
            assert (new.origin, new.scale, new.rank_order, new.encoding) == (
                old.origin,
                old.scale,
                old.rank_order,
                old.encoding,
            )
        elif kind in {"webp", "jpg"}:
            _compare_pictures(path, data, now[path])
        elif kind == "parquet":
            assert pq.read_table(io.BytesIO(now[path])).equals(pq.read_table(io.BytesIO(data)))
        else:
            assert now[path] == data, path


def _compare_pictures(path, then, now):
    with Image.open(io.BytesIO(then)) as old, Image.open(io.BytesIO(now)) as new:
        assert (new.size, new.mode, new.format) == (old.size, old.mode, old.format), path
        difference = np.abs(np.asarray(new, np.int16) - np.asarray(old, np.int16))
    assert difference.mean() < TOLERANCE, path


def test_two_builds_are_equal_to_the_byte(tmp_path, write_sample, published):
    write_sample(tmp_path / "site", tmp_path / "scratch")
    again, before = Store(str(tmp_path / "site")), Store(str(published))
    assert {p: again.read_bytes(p) for p in again.list_files()} == {
        p: before.read_bytes(p) for p in before.list_files()
    }
