"""The tile pyramid: rank order, segments, and tiles of thumbnails.

Belongs here: putting images in rank order, and turning their renditions into tiles. Does not belong here:
what a site consists of (``site``), where renditions come from (handed in).
"""
