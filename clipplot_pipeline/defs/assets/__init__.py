"""The assets, one module a group. A body reads its inputs, calls one pure function, writes and tells.

Belongs here: which function computes which node. Does not belong here: the functions themselves (the stages).
"""

from functools import partial
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.assets.atlases import atlases_assets
from clipplot_pipeline.defs.assets.catalog import catalog_assets
from clipplot_pipeline.defs.assets.clusters import clusters_assets
from clipplot_pipeline.defs.assets.concepts import concepts_assets
from clipplot_pipeline.defs.assets.duplicates import duplicates_assets
from clipplot_pipeline.defs.assets.embeddings import embeddings_assets
from clipplot_pipeline.defs.assets.inventory import inventory_assets
from clipplot_pipeline.defs.assets.layouts import layouts_assets
from clipplot_pipeline.defs.assets.quality import quality_assets
from clipplot_pipeline.defs.assets.site import site_assets
from clipplot_pipeline.defs.automation import add_condition
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.settings import Settings


def build_assets(settings: Settings) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return all assets of a collection, inputs first."""
    graph = build_graph(settings)
    groups: tuple[Any, ...] = (
        inventory_assets,
        catalog_assets,
        embeddings_assets,
        duplicates_assets,
        concepts_assets,
        layouts_assets,
        quality_assets,
        clusters_assets,
        atlases_assets,
        site_assets,
    )
    made = [asset for group in groups for asset in group(graph, settings)]
    return list(dg.map_asset_specs(partial(add_condition, settings=settings, graph=graph), made))
