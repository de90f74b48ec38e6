"""New pictures are noticed: a sensor looks at the source cheaply, and asks for a scan once a drop is whole.

Belongs here: when to scan. Does not belong here: how a place is looked at (``sources.watching``), what a scan does
(``assets.inventory``), what follows from it (``automation``).

The inventory remembers how the place looked when it was scanned, so that a scan by hand, by schedule or by the command
line counts as well, and nothing is scanned twice. A stream of pictures that never ends is scanned now and then; the
scan itself leaves out what changed in the last moments.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import dagster as dg

from clipplot_pipeline.defs.observe import look_at_vectors
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings
from clipplot_pipeline.sources import find_kind
from clipplot_pipeline.sources.own_folders import make_patterns
from clipplot_pipeline.sources.table_inputs import find_tables
from clipplot_pipeline.sources.watching import Glance, Watch

#: Tag of a run: how long a file must have been quiet to be taken, s.
QUIET_TAG = "clipplot/quiet_s"
#: Tag of a run: why it was asked for.
CAUSE_TAG = "clipplot/cause"
#: A place that is never quiet is scanned after so many quiet times.
PATIENCE = 30
#: A scan that was asked for and has not come is asked for again after this time.
RETRY_S = 600.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the sensor remembers from look to look: its cursor.

    Attributes
    ----------
    state : str
        Of the last look (see ``Glance``).
    since, first : float
        When this state, and when the change as a whole was first seen. Unit: s since 1970.
    asked : str
        Mark that a scan was last asked for, and when.
    asked_at : float
        When. Unit: s since 1970.
    """

    state: str = ""
    since: float = 0.0
    first: float = 0.0
    asked: str = ""
    asked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Scanned:
    """The last scan: the mark of the place, and when it ended (s since 1970)."""

    mark: str
    at: float


def decide(
    glance: Glance, scanned: Scanned, waiting: Waiting, now: float, quiet_s: float
) -> tuple[bool, str, Waiting]:
    """Return whether to scan, why or why not, and what to remember.

    Parameters
    ----------
    glance : Glance
        What the place shows.
    scanned : Scanned
        What the inventory in force knows; ``mark`` is empty where the last scan held files back.
    waiting : Waiting
        What was remembered at the last look.
    now : float
        The time. Unit: s since 1970.
    quiet_s : float
        How long a place must be still.
    """
    is_answered = glance.mark == waiting.asked and scanned.at >= waiting.asked_at
    if glance.mark == scanned.mark or is_answered:
        return False, f"nothing new: {glance.words}", replace(waiting, state="", first=0.0)
    if glance.mark == waiting.asked and now - waiting.asked_at < RETRY_S:
        return False, f"a scan was asked for: {glance.words}", waiting
    if glance.state != waiting.state:
        first = waiting.first or now
        waiting = replace(waiting, state=glance.state, since=now, first=first)
    if now - waiting.since >= quiet_s:
        done = Waiting(asked=glance.mark, asked_at=now)
        return True, f"a drop: {glance.words}", done
    if now - waiting.first >= PATIENCE * quiet_s:
        return True, f"a drop that does not end: {glance.words}", replace(waiting, first=now)
    return False, f"a drop is coming in, waiting until it is quiet: {glance.words}", waiting


def look_at_source(settings: Settings, ledger: Ledger, watch: Watch) -> Glance:
    """Return what a cheap look at the source and its tables shows.

    Raises
    ------
    ClipplotError
        Something is not there, or cannot be looked at cheaply.
    """
    record = ledger.record(INVENTORY)
    tables = find_tables(settings.metadata)[1] if settings.metadata else ""
    tables += look_at_vectors(settings)[1]
    return watch.look(int(record.facts["images"]) if record else 0, tables)


def make_watch(settings: Settings) -> Watch:
    """Return the watch of the place that the settings name; clipplot's own folders in it do not count."""
    place = settings.automation.watch or find_kind(settings).watched(settings.source)
    return Watch(place, (*settings.exclude, *make_patterns(settings)))


def drops_sensor(
    settings: Settings, project: Path, clock: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """Return the sensor that notices new pictures; it runs from the start unless the settings say no."""
    automation = settings.automation
    watches: dict[tuple[object, ...], Watch] = {}

    @dg.sensor(
        name=f"{settings.slug}__drops",
        target=dg.AssetSelection.assets(asset_key(settings, INVENTORY)),
        default_status=dg.DefaultSensorStatus.RUNNING if automation.drops else dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=automation.every_s,
        description="Looks for new pictures, and scans the source once they are whole.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        now = load_settings(project)
        ledger = Ledger(now)
        if ledger.record(INVENTORY) is None:
            return dg.SkipReason("nothing was scanned yet: materialize `inventory`, or run `clipplot build`")
        key = (now.automation.watch, now.source, now.exclude, now.site, now.store)
        watch = watches.setdefault(key, make_watch(now))
        try:
            glance = look_at_source(now, ledger, watch)
        except ClipplotError as error:
            return dg.SkipReason(str(error))
        waiting = Waiting(**json.loads(context.cursor)) if context.cursor else Waiting()
        scanned = last_scan(ledger, context.instance)
        is_due, words, waiting = decide(glance, scanned, waiting, clock(), now.automation.quiet_s)
        context.update_cursor(json.dumps(asdict(waiting)))
        if not is_due:
            return dg.SkipReason(words)
        return dg.SensorResult(run_requests=[scan_request(now, words)])

    return sensor


def scan_request(settings: Settings, cause: str) -> dg.RunRequest:
    """Return the request of a scan that leaves files alone which are still being written."""
    return dg.RunRequest(
        asset_selection=[asset_key(settings, INVENTORY)],
        tags={QUIET_TAG: str(settings.automation.quiet_s), CAUSE_TAG: cause},
    )


def last_scan(ledger: Ledger, instance: dg.DagsterInstance) -> Scanned:
    """Return how the place looked when it was last scanned, and when that was."""
    record = ledger.record(INVENTORY)
    event = instance.get_latest_materialization_event(asset_key(ledger.settings, INVENTORY))
    facts = record.facts if record else {}
    mark = "" if facts.get("unsettled") else str(facts.get("mark", ""))
    return Scanned(mark, event.timestamp if event else 0.0)
