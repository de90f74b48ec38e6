"""Taking pictures down: found everywhere, hidden at once, taken out of the shards, and the site built without them.

Belongs here: the order of a takedown. Every step may be repeated; a journal in the store names what is to be finished,
so that a takedown that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipplot_pipeline.catalog import is_id
from clipplot_pipeline.defs.assets.atlases import drop_unnamed_segments
from clipplot_pipeline.defs.forgetting import find_targets, report_rewritten, rewrite_inventory, rewrite_shard
from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.site.tombstones import drop_old_builds, hide_images
from clipplot_pipeline.takedown import Takedown, read_forgotten, read_journal, remember, write_journal

#: Files at the root of a site that every build replaces.
REPLACED = ("images.parquet", "manifest.json")


@dataclass
class ForgetReport:
    """What a takedown came to.

    Attributes
    ----------
    image_ids, paths : tuple of str
        What was taken down: public ids, and files of the source, which are left alone.
    purge : tuple of str
        Files of the site that were deleted or replaced, sorted: what a cache in front of it must drop.
    build : BuildReport
        Of the build that made the site anew.
    """

    image_ids: tuple[str, ...]
    paths: tuple[str, ...]
    build: BuildReport
    purge: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``forget --json`` prints."""
        return {
            "forgotten": list(self.image_ids),
            "paths": list(self.paths),
            "purge": list(self.purge),
            "build": self.build.to_json(),
        }


def forget(project: Path, wanted: Sequence[str], say: Callable[[str], None]) -> ForgetReport:
    """Take pictures out of a collection's store and site for good; the originals are left alone.

    Parameters
    ----------
    project : Path
        Where ``clipplot.toml`` is.
    wanted : sequence of str
        Public ids, or paths in the source; empty to finish a takedown that was interrupted.
    say : callable
        Is told a line for people now and then.

    Raises
    ------
    UsageError
        Before anything is touched, if one of them is not known.
    """
    ledger = Ledger(open_settings(project))
    pending = read_journal(ledger.store)
    if not wanted and pending is None:
        raise UsageError(
            "forget: nothing is named; expected image ids or paths, or a file of them with --list"
        )
    takedown = _name_targets(ledger, wanted).joined(pending or Takedown())
    write_journal(ledger.store, takedown)
    remember(ledger.store, read_forgotten(ledger.store, ledger.salt()), takedown)
    hidden = hide_images(ledger.settings.site, takedown.image_ids) + drop_old_builds(ledger.settings.site)
    takedown = dataclasses.replace(takedown, purged=tuple(sorted({*takedown.purged, *hidden})))
    write_journal(ledger.store, takedown)
    say(f"{len(takedown.image_ids):,} images hidden; taking them out of {len(takedown.shards):,} shards")
    with open_instance(project) as instance:
        for shard in takedown.shards:
            if ledger.record("images", shard) is not None:
                report_rewritten(instance, ledger, rewrite_shard(ledger, shard, takedown))
        if ledger.record(INVENTORY) is not None:
            report_rewritten(instance, ledger, [rewrite_inventory(ledger, takedown)])
    report = ForgetReport(takedown.image_ids, takedown.paths, build(project, {}, say))
    if not report.build.failed:
        report.purge = _finish(Ledger(open_settings(project)), takedown)
    return report


def _name_targets(ledger: Ledger, wanted: Sequence[str]) -> Takedown:
    """Return all that is meant; raise if something is not known."""
    if not wanted or ledger.record("catalog") is None:
        if wanted:
            raise UsageError("forget: nothing has been built yet, so that there is nothing to take down")
        return Takedown()
    source = ledger.settings.source
    names = [name if is_id(name) else _relative(source, name) for name in wanted]
    found, unknown = find_targets(ledger, names)
    if unknown:
        raise UsageError(
            f"forget: {len(unknown):,} of {len(wanted):,} are not known: {', '.join(unknown[:5])}; expected image ids "
            "as the site shows them, or paths relative to the source; nothing was touched"
        )
    return found


def _relative(source: str, name: str) -> str:
    """Return a path as the inventory spells it."""
    base = source.rstrip("/\\")
    inside = name[len(base) + 1 :] if name.startswith((base + "/", base + "\\")) else name
    return inside.replace("\\", "/").removeprefix("./")


def _finish(ledger: Ledger, takedown: Takedown) -> tuple[str, ...]:
    """Delete every older output, which may hold the pictures, and the journal; return what a cache must drop."""
    for node in ledger.graph.values():
        if not node.sharded:
            ledger.prune(node.name, None, is_forgetting=True)
    drop_unnamed_segments(ledger)
    purged = drop_old_builds(ledger.settings.site)
    write_journal(ledger.store, None)
    return tuple(sorted({*takedown.purged, *purged, *REPLACED}))
