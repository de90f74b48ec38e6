"""Jobs: named selections, for schedules, sensors and the UI's launch pad."""

from typing import Any

import dagster as dg

from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.settings import Settings


def build_jobs(settings: Settings) -> list[Any]:
    """Return the one job there is: looking at the source; automation carries on from there."""
    return [
        dg.define_asset_job(
            f"{settings.slug}__scan",
            selection=dg.AssetSelection.assets(asset_key(settings, INVENTORY)),
            description="Look at the source; whatever is new, changed or gone is carried on to the site.",
        )
    ]
