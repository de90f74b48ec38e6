"""Encoding a segment: every picture is in its cell at every level, whatever the order of work."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from clipplot_pipeline.atlases.encode import cut_cells, halve
from clipplot_pipeline.atlases.segments import TileSettings, plan_segments, segment_id
from clipplot_pipeline.atlases.tiles import check_cells, encode_segment, has_segment
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.model import Segment
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import LEVELS, locate_cell, tile_path

COUNT = 23


def _color(row):
    return (40 + 9 * row, 250 - 9 * row, (row * 67) % 200 + 20)


def _jpeg(color, size=(96, 64)):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


@pytest.fixture(scope="module")
def renditions():
    return [(row, _jpeg(_color(row))) for row in range(COUNT)]


@pytest.fixture(scope="module")
def segment():
    return Segment("5e9" + "0" * 17, 0, COUNT)


def _read_all(store):
    return {path: store.read_bytes(path) for path in store.list_files()}


def test_every_picture_is_in_its_cell_at_every_level(tmp_path, renditions, segment):
    store = Store(str(tmp_path))
    report = encode_segment(store, segment, renditions, workers=2)
    assert check_cells(store, [segment], COUNT, LEVELS) == ()
    assert report.files == len(store.list_files()) == 10
    assert report.unreadable == ()
    for level in LEVELS:
        for row in range(COUNT):
            cell = locate_cell(row, level)
            with Image.open(io.BytesIO(store.read_bytes(tile_path(segment.id, level, cell.tile)))) as tile:
                box = (cell.left_px, cell.top_px, cell.left_px + level, cell.top_px + level)
                pixels = np.asarray(tile.convert("RGB").crop(box))
            inner = pixels[level // 4 : -level // 4, level // 4 : -level // 4].reshape(-1, 3).mean(axis=0)
            assert np.abs(inner - _color(row)).max() < 16, (level, row)


@pytest.mark.packs
def test_real_pictures_take_the_bytes_of_the_design(tmp_path, packs):
    files = sorted((packs / "photos" / "images").glob("*.jpg"))[::8]
    segment = Segment("a" * 20, 0, len(files))
    report = encode_segment(Store(str(tmp_path)), segment, enumerate(f.read_bytes() for f in files))
    assert report.unreadable == ()
    for level, expected in zip(LEVELS, (26, 90, 295, 940, 2900), strict=True):
        assert report.bytes_per_image[level] == pytest.approx(expected, rel=0.2), level


def test_bytes_depend_on_neither_order_nor_workers(tmp_path, renditions, segment):
    one, two = Store(str(tmp_path / "one")), Store("memory://clipplot-tiles")
    encode_segment(one, segment, renditions, workers=1)
    encode_segment(two, segment, reversed(renditions), workers=3)
    assert _read_all(one) == _read_all(two)


def test_progress_counts_renditions(tmp_path, renditions, segment):
    seen = []
    encode_segment(Store(str(tmp_path)), segment, renditions, workers=1, progress=lambda *n: seen.append(n))
    assert seen == [(16, COUNT), (COUNT, COUNT)]


def test_a_rendition_that_cannot_be_decoded_leaves_a_grey_cell(tmp_path, renditions, segment):
    store = Store(str(tmp_path))
    broken = [*renditions[:4], (4, b"not a picture"), (5, renditions[5][1][:300]), *renditions[6:]]
    report = encode_segment(store, segment, broken, TileSettings(levels=(64,)))
    assert report.unreadable == (4, 5)
    assert check_cells(store, [segment], COUNT, (64,)) == ()


@pytest.mark.parametrize("rows", [[0, 1], [0, 1, 2, 2], [0, 1, 3], [-1, 0, 1, 2]])
def test_rows_must_come_exactly_once(tmp_path, rows):
    with pytest.raises(StoreError, match=r"missing|twice"):
        encode_segment(Store(str(tmp_path)), Segment("a" * 20, 0, 3), [(row, _jpeg("red")) for row in rows])


def test_check_cells_names_what_is_wrong(tmp_path, renditions, segment):
    store = Store(str(tmp_path))
    encode_segment(store, segment, renditions)
    assert has_segment(store, segment, LEVELS)
    store.delete(tile_path(segment.id, 128, 1))
    store.write_bytes(tile_path(segment.id, 64, 7), b"x")
    store.write_bytes(tile_path(segment.id, 32, 0), store.read_bytes(tile_path(segment.id, 16, 0)))
    store.write_bytes(tile_path(segment.id, 8, 0), b"x")
    problems = "\n".join(check_cells(store, [segment], COUNT, LEVELS))
    for words in (
        "128/1.webp: the tile is missing",
        "64/7.webp: no cell",
        "32/0.webp: the tile is (",
        "is None px",
    ):
        assert words in problems
    assert not has_segment(store, segment, LEVELS)


def test_the_name_of_a_segment_follows_all_that_decides_its_tiles():
    ids, hashes, settings = ["a", "b"], ["1", "2"], TileSettings()
    names = {
        segment_id(ids, hashes, settings),
        segment_id(ids[::-1], hashes[::-1], settings),
        segment_id(ids, ["1", "3"], settings),
        segment_id(ids, hashes, TileSettings(quality=71)),
        segment_id(ids, hashes, TileSettings(rendition="other")),
        segment_id(ids, hashes, TileSettings(levels=(8, 16))),
    }
    assert len(names) == 6
    assert all(len(name) == 20 and set(name) <= set("0123456789abcdef") for name in names)
    assert plan_segments([], [], settings) == ([], ())
    ranked, (segment,) = plan_segments(ids, hashes, settings)
    assert ranked == ids
    assert (segment.first_rank, segment.count) == (0, 2)


@pytest.mark.parametrize("wrong", [{"levels": ()}, {"levels": (16, 8)}, {"levels": (12,)}, {"quality": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="tiles:"):
        TileSettings(**wrong)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_cells_of_every_level_show_the_same_picture(mode):
    gradient = np.linspace(0, 255, 300).astype(np.uint8)[None, :].repeat(200, axis=0)
    out = io.BytesIO()
    Image.fromarray(gradient).convert(mode).save(out, "JPEG", quality=95)
    cells = cut_cells(out.getvalue(), LEVELS)
    assert [cell.shape for cell in cells] == [(level, level, 3) for level in LEVELS]
    for small, large in itertools.pairwise(cells):
        assert np.array_equal(small, halve(large))
    assert np.abs(np.diff(cells[0].astype(int), axis=1) - 32).max() < 8


def test_halving_rounds_half_up():
    quad = np.array([[0, 1], [1, 0]], np.uint8)[:, :, None].repeat(3, axis=2)
    assert halve(quad).tolist() == [[[1, 1, 1]]]
