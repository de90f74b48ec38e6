"""Segments of a growing collection: nothing is lost, what is kept stays as it is, and few are encoded twice."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.atlases.segments import MOST_SEGMENTS, TileSettings, plan_segments
from clipplot_pipeline.model import Segment
from clipplot_pipeline.zorder import find_cover_problems

SETTINGS = TileSettings()
Plan = tuple[list[str], tuple[Segment, ...]]


def plan(ids: list[str], before: Plan | None = None) -> Plan:
    return plan_segments(ids, [f"hash of {i}" for i in ids], SETTINGS, runs_of(before) if before else ())


def runs_of(planned: Plan) -> list[list[str]]:
    ranked, segments = planned
    return [ranked[s.first_rank : s.first_rank + s.count] for s in segments]


@given(st.lists(st.tuples(st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200))), max_size=12))
def test_every_image_is_in_one_segment_whatever_comes_and_goes(
    changes: list[tuple[set[int], set[int]]],
) -> None:
    live: set[int] = set()
    planned = None
    for added, removed in changes:
        live = (live | added) - removed
        ids = [str(number) for number in sorted(live, key=lambda number: (number * 37) % 201)]
        planned = plan(ids, planned)
        ranked, segments = planned
        assert sorted(ranked) == sorted(ids)
        assert find_cover_problems(segments, len(ids)) == []
        assert len(segments) <= MOST_SEGMENTS


def test_a_drop_leaves_the_others_as_they_are() -> None:
    first = plan([f"{n:03}" for n in range(0, 200, 2)])
    second = plan([f"{n:03}" for n in range(0, 201, 1) if n % 2 == 0 or n < 20], first)
    assert second[1][0] == first[1][0]
    assert runs_of(second)[1] == [f"{n:03}" for n in range(1, 20, 2)] + ["200"]


def test_only_the_segment_that_lost_an_image_changes() -> None:
    planned = plan([f"{n:03}" for n in range(100)])
    planned = plan([f"{n:03}" for n in range(120)], planned)
    without = plan([f"{n:03}" for n in range(120) if n != 110], planned)
    assert without[1][0] == planned[1][0]
    assert without[1][1].count == 19
    assert without[1][1].id != planned[1][1].id


@pytest.mark.parametrize("start", [0, 1000, 20_000])
@pytest.mark.parametrize("drop", ["equal", "uneven", "wild"])
def test_a_year_of_daily_drops(start: int, drop: str) -> None:
    rng = random.Random(start)
    sizes = {
        "equal": lambda: 10,
        "uneven": lambda: rng.randint(1, 40),
        "wild": lambda: rng.choice([1, 2, 500]),
    }
    names = map(str, itertools.count())
    planned = plan(list(itertools.islice(names, start)))
    added = encoded = 0
    for _ in range(365):
        new = list(itertools.islice(names, sizes[drop]()))
        known = {segment.id for segment in planned[1]}
        planned = plan(planned[0] + new, planned)
        added += len(new)
        encoded += sum(segment.count for segment in planned[1] if segment.id not in known)
        assert len(planned[1]) <= MOST_SEGMENTS
    assert encoded <= (1 + 5) * added, f"{encoded / added:.1f} cells an image, one of them its first"
