"""What there is: shards of source images, public identities, and images joined with their metadata.

Belongs here: remembering the listing (``inventory``), naming images (``identity``), matching a table's rows
with paths (``match``), joining (``join``), fields as JSON (``fields``). Does not belong here: listing a source or
reading a table (``sources``), opening a picture (``images``).
"""

from clipplot_pipeline.catalog.fields import fields_from_json, fields_to_json
from clipplot_pipeline.catalog.identity import image_id, is_id
from clipplot_pipeline.catalog.inventory import InventoryUpdate, update_inventory
from clipplot_pipeline.catalog.join import Catalog, Conflict, JoinRules, TableRows, find_live, join_catalog
from clipplot_pipeline.catalog.vectors import NO_VECTOR, Assignment, assign_vectors

__all__ = [
    "NO_VECTOR",
    "Assignment",
    "Catalog",
    "Conflict",
    "InventoryUpdate",
    "JoinRules",
    "TableRows",
    "assign_vectors",
    "fields_from_json",
    "fields_to_json",
    "find_live",
    "image_id",
    "is_id",
    "join_catalog",
    "update_inventory",
]
