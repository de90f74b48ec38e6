"""What a run is given to make."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clipplot_pipeline.defs.step import _choose_shard
from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.graph import Node


def test_a_run_makes_one_shard_and_says_so_where_it_is_given_more() -> None:
    def given(*shards: str) -> Any:
        return SimpleNamespace(partition_keys=list(shards), partition_key=shards[0])

    images = Node("images", "catalog", "", sharded=True)
    assert _choose_shard(given("00000-1"), images) == "00000-1"
    assert _choose_shard(given("ignored"), Node("site", "site", "")) is None
    with pytest.raises(ClipplotError, match="images: the run was given 2 shards; expected one"):
        _choose_shard(given("00000-1", "00001-2"), images)
