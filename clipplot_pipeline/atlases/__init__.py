"""The tile pyramid: rank order, segments, and tiles of thumbnails.

Belongs here: putting images in rank order, and turning their renditions into tiles. Does not belong here:
what a site consists of (``site``), where renditions come from (handed in).
"""

from clipplot_pipeline.atlases.rank import order_images
from clipplot_pipeline.atlases.segments import TileSettings, plan_segments, segment_id
from clipplot_pipeline.atlases.tiles import TileReport, check_cells, encode_segment, has_segment

__all__ = [
    "TileReport",
    "TileSettings",
    "check_cells",
    "encode_segment",
    "has_segment",
    "order_images",
    "plan_segments",
    "segment_id",
]
