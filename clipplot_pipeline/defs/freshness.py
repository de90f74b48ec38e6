"""How old the site may be before Dagster's interface says so: the freshness policy of `site`.

Belongs here: the policy, made of the settings. Does not belong here: what keeps the site fresh (``automation``).
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

import dagster as dg
from dagster._utils.schedules import cron_string_iterator

from clipplot_pipeline.settings import Settings

#: In gaps between two scans: one that is missed is a warning, two are a failure.
WARN_GAPS, FAIL_GAPS = 1.25, 2.25
#: Times of the schedule that are looked at for the longest gap, at most: a year of nights, a week of minutes.
YEAR_S, LOOKED_AT = 366 * 86_400, 10_000
#: Any day will do: a schedule repeats, and the policy must not depend on the day that it is made.
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def site_freshness(settings: Settings) -> dg.FreshnessPolicy | None:
    """Return within what time the site must have been compared with the source; None where nothing says so.

    ``automation.fresh_h`` says it; else the nightly scan does where it is on: a scan that is missed is a warning, a
    second one a failure.
    """
    automation = settings.automation
    if automation.fresh_h:
        return dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=automation.fresh_h))
    if not automation.nightly:
        return None
    gap = longest_gap(automation.cron, automation.timezone)
    return dg.FreshnessPolicy.time_window(fail_window=gap * FAIL_GAPS, warn_window=gap * WARN_GAPS)


def longest_gap(cron: str, timezone: str) -> timedelta:
    """Return the longest time between two ticks of a schedule, of its first year or `LOOKED_AT` ticks."""
    longest, before = timedelta(0), None
    for tick in islice(cron_string_iterator(BEGINNING, cron, timezone), LOOKED_AT):
        moment = tick.astimezone(UTC)  # local times hide the hour that a change of clocks adds
        if before is not None:
            longest = max(longest, moment - before)
            if moment.timestamp() - BEGINNING > YEAR_S:
                break
        before = moment
    return longest
