"""Arithmetic of cells: every rank has its own cell, and boxes are as small as they can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.model import Segment
from clipplot_pipeline.zorder import (
    LEVELS,
    bound_prefix,
    cells_per_tile,
    count_tiles,
    decode_morton,
    encode_morton,
    find_cover_problems,
    iterate_tiles,
    locate_cell,
    tile_side,
)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1))
def test_morton_round_trip(places):
    columns, rows = decode_morton(np.array(places))
    assert encode_morton(columns, rows).tolist() == places


def test_even_bits_are_columns_and_odd_bits_are_rows():
    columns, rows = decode_morton(np.arange(8))
    assert columns.tolist() == [0, 1, 0, 1, 2, 3, 2, 3]
    assert rows.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_the_box_of_a_prefix_is_tight():
    columns, rows = decode_morton(np.arange(4096))
    widest, highest = np.maximum.accumulate(columns) + 1, np.maximum.accumulate(rows) + 1
    assert bound_prefix(0) == (0, 0)
    for count in range(1, 4097):
        assert bound_prefix(count) == (widest[count - 1], highest[count - 1])


@given(st.integers(1, 20_000), st.sampled_from(LEVELS))
def test_tiles_hold_every_image_once_in_a_box_of_its_own(count, level):
    tiles = list(iterate_tiles(count, level))
    assert [tile.number for tile in tiles] == list(range(count_tiles(count, level)))
    assert sum(tile.count for tile in tiles) == count
    side = tile_side(level)
    assert all((tile.width_px, tile.height_px) == (side, side) for tile in tiles[:-1])
    last = tiles[-1]
    boxes = {locate_cell(row, level) for row in range(last.first, min(count, last.first + 300))}
    assert len(boxes) == min(last.count, 300)
    assert all(cell.tile == last.number for cell in boxes)
    assert all(
        cell.left_px + level <= last.width_px and cell.top_px + level <= last.height_px for cell in boxes
    )


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="level 12"):
        cells_per_tile(12)


def test_segments_must_cover_every_rank_once():
    a, b = Segment("a" * 20, 0, 3), Segment("b" * 20, 3, 2)
    assert find_cover_problems([a, b], 5) == []
    assert find_cover_problems([], 0) == []
    assert "end at rank 5; expected 6" in find_cover_problems([a, b], 6)[0]
    assert "begins at rank 3; expected 0" in find_cover_problems([b], 5)[0]
    assert find_cover_problems([a, Segment("c" * 20, 2, 3)], 5)
    assert find_cover_problems([a, Segment("c" * 20, 3, 0), b], 5)
