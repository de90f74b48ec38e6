"""The catalog: which images there are, what they are called, and what is known of them.

Belongs here: the inventory and its shards, identities, the join of images and table. Does not belong here:
reading tables or pictures, Dagster.
"""

from clipplot_pipeline.catalog.fields import fields_from_json, fields_to_json
from clipplot_pipeline.catalog.identity import make_image_id
from clipplot_pipeline.catalog.inventory import InventoryUpdate, update_inventory
from clipplot_pipeline.catalog.join import Catalog, join_catalog

__all__ = [
    "Catalog",
    "InventoryUpdate",
    "fields_from_json",
    "fields_to_json",
    "join_catalog",
    "make_image_id",
    "update_inventory",
]
