"""The schedule: a scan of the whole source, night after night.

Belongs here: schedules, and whether their times can be read. Does not belong here: what a scan leads to
(``automation``).
"""

import dagster as dg

from clipplot_pipeline.defs.drops import scan_request
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings


def nightly_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule of the nightly scan; it is stopped unless the settings say otherwise.

    Raises
    ------
    SettingsError
        Time or time zone cannot be read.
    """
    automation = settings.automation

    def scan(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        record = Ledger(settings).record(INVENTORY)
        known = f"{int(record.facts['images']):,} images known" if record else "nothing known yet"
        return scan_request(settings, f"the nightly scan; {known}")

    try:
        return dg.ScheduleDefinition(
            name=f"{settings.slug}__nightly",
            target=dg.AssetSelection.assets(asset_key(settings, INVENTORY)),
            cron_schedule=automation.cron,
            execution_timezone=automation.timezone,
            execution_fn=scan,
            default_status=dg.DefaultScheduleStatus.RUNNING
            if automation.nightly
            else dg.DefaultScheduleStatus.STOPPED,
            description="Scans the whole source; finds pictures that were changed in place, too.",
        )
    except dg.DagsterInvalidDefinitionError as error:
        raise SettingsError(
            f"automation: `cron` is {automation.cron!r} and `timezone` is {automation.timezone!r}; expected five "
            "fields as cron has them (`0 3 * * *`: every night at three) and a time zone such as `Europe/Paris` "
            f"({error})"
        ) from None
