"""The laws of the inventory, over any history of listings."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import InventoryUpdate, update_inventory
from clipplot_pipeline.model import Scan, SourceImage

Row = tuple[str, int, str]

names = st.sampled_from(["a.jpg", "b.jpg", "é.jpg", "x/a.jpg", "x/c.jpg", "y/z/d.jpg", "e", "f", "g", "h"])
listings = st.dictionaries(names, st.tuples(st.integers(0, 2), st.sampled_from(["1", "2"])), max_size=10)
histories = st.lists(listings, min_size=1, max_size=6)
sizes = st.integers(1, 5)


def scan(listing: dict[str, tuple[int, str]]) -> Scan:
    return Scan(tuple(SourceImage(path, *rest) for path, rest in listing.items()), {})


def rows(table: pa.Table, only_live: bool = False) -> set[Row]:
    return {(r["path"], r["bytes"], r["version"]) for r in table.to_pylist() if r["live"] or not only_live}


def shards(table: pa.Table) -> dict[str, set[Row]]:
    members: dict[str, set[Row]] = {}
    for row in table.to_pylist():
        members.setdefault(row["shard"], set()).add((row["path"], row["bytes"], row["version"]))
    return members


def replay(history: list[dict[str, tuple[int, str]]], size: int) -> list[InventoryUpdate]:
    updates: list[InventoryUpdate] = []
    for listing in history:
        updates.append(update_inventory(updates[-1].table if updates else None, scan(listing), size))
    return updates


@settings(max_examples=40)
@given(histories, sizes)
def test_what_lives_is_the_listing(history: list[dict[str, tuple[int, str]]], size: int) -> None:
    for listing, update in zip(history, replay(history, size), strict=True):
        assert update.table.schema == schemas.INVENTORY
        assert rows(update.table, only_live=True) == {(path, *rest) for path, rest in listing.items()}
        assert update.live == len(listing)


@settings(max_examples=40)
@given(histories, sizes)
def test_shards_never_change_and_none_is_too_large(
    history: list[dict[str, tuple[int, str]]], size: int
) -> None:
    known: dict[str, set[Row]] = {}
    for update in replay(history, size):
        now = shards(update.table)
        assert list(now)[len(known) :] == list(update.new_shards)
        assert {key: now[key] for key in known} == known
        assert update.table.num_rows == sum(map(len, now.values())), "a file is in one shard only"
        assert all(len(members) <= size for members in now.values())
        fresh = [len(now[key]) for key in update.new_shards]
        assert not fresh or max(fresh) - min(fresh) <= 1
        assert sorted(now) == list(now), "keys sort in the order in which they were cut"
        known = now


@settings(max_examples=40)
@given(histories, sizes)
def test_the_same_listing_again_changes_nothing(history: list[dict[str, tuple[int, str]]], size: int) -> None:
    last = replay(history, size)[-1]
    again = update_inventory(last.table, scan(history[-1]), size)
    assert again.table.equals(last.table)
    assert again.new_shards == ()
    assert (again.added, again.changed, again.removed, again.returned) == (0, 0, 0, 0)
    assert again.unchanged == len(history[-1])


@settings(max_examples=40)
@given(histories, sizes, st.randoms())
def test_the_order_of_the_listing_does_not_matter(
    history: list[dict[str, tuple[int, str]]], size: int, random: object
) -> None:
    shuffled = []
    for listing in history:
        items = list(listing.items())
        random.shuffle(items)  # type: ignore[attr-defined]
        shuffled.append(dict(items))
    for one, other in zip(replay(history, size), replay(shuffled, size), strict=True):
        assert one.table.equals(other.table)


@settings(max_examples=40)
@given(listings, listings, sizes)
def test_counts_are_those_of_the_paths(
    before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]], size: int
) -> None:
    update = replay([before, after], size)[-1]
    both = before.keys() & after.keys()
    assert update.added == len(after.keys() - before.keys())
    assert update.removed == len(before.keys() - after.keys())
    assert update.changed == sum(before[path] != after[path] for path in both)
    assert update.unchanged == sum(before[path] == after[path] for path in both)


@settings(max_examples=40)
@given(listings, listings, sizes)
def test_files_that_come_back_live_again_where_they_were(
    before: dict[str, tuple[int, str]], between: dict[str, tuple[int, str]], size: int
) -> None:
    first, _, last = replay([before, between, before], size)
    assert last.new_shards == ()
    assert rows(last.table, only_live=True) == rows(first.table, only_live=True)
    assert last.returned == sum(between.get(path) != rest for path, rest in before.items())


def test_shards_are_balanced_and_named_by_number_and_content() -> None:
    listing = {f"{n:04}.jpg": (n, "1") for n in range(1001)}
    update = update_inventory(None, scan(listing), 1000)
    assert sorted(Counter(update.table["shard"].to_pylist()).values()) == [500, 501]
    assert [key[:6] for key in update.new_shards] == ["00000-", "00001-"]
    assert all(re.fullmatch(r"\d{5}-[0-9a-f]{8}", key) for key in update.new_shards)
    content = "".join(f'["{n:04}.jpg", {n}, "1"]\n' for n in range(500)).encode()
    assert update.new_shards[0].endswith(hashlib.sha256(content).hexdigest()[:8])
    later = update_inventory(update.table, scan(listing | {"new.jpg": (1, "1")}), 1000)
    assert len(later.new_shards) == 1
    assert later.new_shards[0].startswith("00002-")


def test_an_empty_source_is_an_empty_inventory() -> None:
    update = update_inventory(None, scan({}), 10)
    assert (update.table.num_rows, update.new_shards) == (0, ())


def test_a_path_that_is_listed_twice_is_refused() -> None:
    twice = Scan((SourceImage("a", 1, "1"), SourceImage("a", 2, "1")), {})
    with pytest.raises(ValueError, match="twice"):
        update_inventory(None, twice, 10)


@settings(max_examples=40)
@given(listings, listings, st.sets(names), sizes)
def test_what_is_being_written_stays_what_it_was(
    before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]], unsettled: set[str], size: int
) -> None:
    first = update_inventory(None, scan(before), size)
    settled = {path: rest for path, rest in after.items() if path not in unsettled}
    second = update_inventory(
        first.table, Scan(scan(settled).images, {}, unsettled=tuple(sorted(unsettled))), size
    )
    held = {path: rest for path, rest in before.items() if path in unsettled}
    assert rows(second.table, only_live=True) == {(path, *rest) for path, rest in (settled | held).items()}
    assert second.live == len(settled | held)
    assert second.removed == len(before.keys() - settled.keys() - held.keys())
    # once it is settled, the listing alone counts again
    third = update_inventory(second.table, scan(after), size)
    assert rows(third.table, only_live=True) == {(path, *rest) for path, rest in after.items()}


def test_places_are_remembered_and_inventories_of_older_versions_knew_none() -> None:
    first = update_inventory(None, Scan((SourceImage("a.jpg", 1, "1", "at a"),), {}), 5).table
    older = first.drop_columns(["place"])
    later = Scan((SourceImage("a.jpg", 1, "1", "at a"), SourceImage("b.jpg", 1, "1", "at b")), {})
    assert update_inventory(first, later, 5).table["place"].to_pylist() == ["at a", "at b"]
    assert update_inventory(older, later, 5).table["place"].to_pylist() == ["", "at b"]
    assert update_inventory(older, later, 5).table["shard"][0] == first["shard"][0]
