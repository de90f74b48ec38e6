"""Which shards are meant: by number, by range, by how they stand.

Belongs here: reading what people write, and choosing. Does not belong here: computing anything (``drive.backfill``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.graph import INVENTORY, everything_above
from clipplot_pipeline.ledger import Ledger

Standing = Literal["stale", "missing", "failed"]
_PART = re.compile(r"\s*([^.\s]*)\s*(\.\.)?\s*([^.\s]*)\s*")


def select_shards(shards: Sequence[str], text: str) -> tuple[str, ...]:
    """Return the shards that a text names, in their order, each once.

    Parameters
    ----------
    shards : sequence of str
        All keys, in order: ``00000-3f2a9c01`` …
    text : str
        Numbers or keys, and ranges of them with both ends in: ``3``, ``3..7``, ``..7``, ``12..``, by commas. Empty:
        all.

    Raises
    ------
    UsageError
        A part cannot be read, or names no shard.
    """
    if not text.strip():
        return tuple(shards)
    chosen: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or not (match[1] or match[2]):
            raise UsageError(
                f"--shards: {part.strip()!r} is no shard; expected numbers or ranges, as in `3`, `3..7` or `12..`"
            )
        first = _place(shards, match[1], 0)
        last = _place(shards, match[3], len(shards) - 1) if match[2] else first
        if first > last:
            raise UsageError(f"--shards: {part.strip()} ends before it begins; write {match[3]}..{match[1]}")
        chosen.update(range(first, last + 1))
    return tuple(shards[place] for place in sorted(chosen))


def _place(shards: Sequence[str], name: str, default: int) -> int:
    """Return the place of a shard that is given by its number or its key."""
    if not name:
        return default
    for place, shard in enumerate(shards):
        number = shard.partition("-")[0]
        if name == shard or (name.isdigit() and int(name) == int(number)):
            return place
    known = f"{shards[0]} to {shards[-1]}" if shards else "none yet: `clipplot build` cuts them"
    raise UsageError(f"--shards: there is no shard {name}; there are {known}")


def find_first(ledger: Ledger, asset: str) -> tuple[str, ...]:
    """Return the whole assets to be made before shards of an asset: `embedder`, after the model was changed.

    In their order. A scan is not among them, for it would bring shards of its own.
    """
    above = set(everything_above(ledger.graph, asset)) - {INVENTORY}
    first: list[str] = []
    for stale in ledger.stale():
        is_asked = stale.shard is None and stale.asset in above
        missing = ledger.fingerprint(stale.asset).missing if is_asked else ()
        if is_asked and {*stale.waits_for, *missing} <= {INVENTORY, *first}:
            first.append(stale.asset)
    return tuple(first)


def find_due(
    ledger: Ledger,
    asset: str,
    shards: Sequence[str],
    standing: Standing,
    failed: Sequence[str],
    first: Sequence[str] = (),
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the shards of an asset to be made anew, and those that wait for others with the reason.

    Parameters
    ----------
    standing : {"stale", "missing", "failed"}
        ``stale``: all that are not what they should be; ``missing``: those that were never made; ``failed``: those
        whose last run failed.
    failed : sequence of str
        Shards of the asset whose last run failed.
    first : sequence of str
        Assets that are made before: waiting for these alone is no hindrance.
    """
    asked = set(shards)
    if standing == "missing":
        asked -= ledger.records(asset).keys()
    if standing == "failed":
        asked &= set(failed)
    found = [stale for stale in ledger.stale() if stale.asset == asset and stale.shard in asked]
    ready = [str(stale.shard) for stale in found if set(stale.waits_for) <= set(first)]
    return tuple(ready), {str(s.shard): s.reason for s in found if s.shard not in ready}
