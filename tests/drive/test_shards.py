"""Naming shards: numbers, keys, ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.drive.shards import select_shards
from clipplot_pipeline.errors import UsageError

SHARDS = [f"{number:05}-{number:08x}" for number in range(12)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", range(12)),
        ("3", [3]),
        ("00003", [3]),
        (SHARDS[3], [3]),
        ("3..5", [3, 4, 5]),
        ("..2", [0, 1, 2]),
        ("10..", [10, 11]),
        ("..", range(12)),
        ("7, 1..2 ,2..3", [1, 2, 3, 7]),
        (f"{SHARDS[1]}..{SHARDS[2]}", [1, 2]),
    ],
)
def test_numbers_keys_and_ranges(text: str, numbers: list[int]) -> None:
    assert select_shards(SHARDS, text) == tuple(SHARDS[number] for number in numbers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12", "there is no shard 12; there are 00000-00000000 to 00011-0000000b"),
        ("3..99", "there is no shard 99"),
        ("5..3", "write 3..5"),
        ("3-5", "there is no shard 3-5"),
        ("1,,2", "is no shard"),
        ("three", "there is no shard three"),
    ],
)
def test_what_is_no_shard_is_told(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        select_shards(SHARDS, text)


def test_before_the_first_scan_there_are_none() -> None:
    assert select_shards([], "") == ()
    with pytest.raises(UsageError, match="none yet"):
        select_shards([], "0")


@given(st.lists(st.integers(0, 11), max_size=8))
def test_each_once_and_in_order(numbers: list[int]) -> None:
    text = ",".join(map(str, numbers))
    expected = sorted(set(numbers)) if numbers else range(12)
    assert select_shards(SHARDS, text) == tuple(SHARDS[number] for number in expected)
