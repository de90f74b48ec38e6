"""The laws of joining shards, over any history of a collection."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.catalog import update_inventory
from clipplot_pipeline.catalog.compacting import count_rows, merge_shards, plan_merges
from clipplot_pipeline.model import Scan, SourceImage

sizes = st.dictionaries(st.integers(0, 999).map("{:05}-00000000".format), st.integers(1, 30), max_size=25)
paths = st.sampled_from(["a.jpg", "b.jpg", "é.jpg", "x/a.jpg", "y/z/d.jpg", "e", "f", "g"])
histories = st.lists(st.dictionaries(paths, st.integers(1, 3), max_size=8), min_size=1, max_size=8)


def scan(listing: dict[str, int]) -> Scan:
    return Scan(tuple(SourceImage(path, 1, str(version)) for path, version in listing.items()), {})


@given(sizes, st.integers(1, 40))
def test_only_small_shards_are_joined_and_none_grows_too_large(sizes: dict[str, int], most: int) -> None:
    ordered = dict(sorted(sizes.items()))
    groups = plan_merges(ordered, most)
    joined = [shard for group in groups for shard in group]
    assert joined == sorted(set(joined))
    for group in groups:
        assert len(group) > 1
        assert sum(sizes[shard] for shard in group) <= most
        assert all(2 * sizes[shard] <= most for shard in group)
    # neighbours of groups could not have been one
    for one, other in pairwise(groups):
        assert sum(sizes[shard] for shard in one) + sizes[other[0]] > most


@settings(max_examples=60)
@given(histories, st.integers(2, 12))
def test_the_living_files_stay_and_every_path_is_in_a_shard_once(
    history: list[dict[str, int]], most: int
) -> None:
    table = None
    for listing in history:
        table = update_inventory(table, scan(listing), 3).table
    assert table is not None
    groups = plan_merges(count_rows(table), most)
    merged, merges = merge_shards(table, groups)

    def live(rows: object) -> set[tuple[str, str]]:
        return {(row["path"], row["version"]) for row in rows.to_pylist() if row["live"]}  # type: ignore[attr-defined]

    assert live(merged) == live(table)
    assert merged.schema == table.schema
    rows = merged.to_pylist()
    for merge in merges:
        names = [row["path"] for row in rows if row["shard"] == merge.shard]
        assert len(names) == len(set(names)) <= most
    gone = {shard for group in groups for shard in group}
    assert gone.isdisjoint(row["shard"] for row in rows)
    before = {(row["shard"], row["path"]) for row in table.to_pylist() if row["shard"] not in gone}
    assert before <= {(row["shard"], row["path"]) for row in rows}
    assert merge_shards(table, groups)[0].equals(merged), "the same again, as after a kill"
    # the collection goes on: nothing that lives is taken for new
    after = update_inventory(merged, scan(history[-1]), 3)
    assert (after.added, after.changed, after.removed, after.new_shards) == (0, 0, 0, ())
