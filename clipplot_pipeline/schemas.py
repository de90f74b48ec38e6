"""The Parquet schemas of everything that lies between two assets.

Belongs here: column names, types, nullability. Tables are joined by identity
(``sha256``, ``image_id``), never by row.
Does not belong here: reading and writing (``storage``), meaning beyond a line of comment.
"""

import pyarrow as pa

#: One row per file of the source that may be a picture; ``live`` is false for what vanished or changed.
INVENTORY = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("live", pa.bool_(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # what the source needs beside the path; mostly empty
    ]
)

IMAGES = pa.schema(
    [
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("format", pa.string(), nullable=False),
        pa.field("width_px", pa.int32(), nullable=False),
        pa.field("height_px", pa.int32(), nullable=False),
        pa.field("taken_at", pa.string()),
        pa.field("latitude", pa.float64()),
        pa.field("longitude", pa.float64()),
        pa.field("camera", pa.string()),
        pa.field("note", pa.string()),
        pa.field("mean_rgb", pa.list_(pa.uint8(), 3), nullable=False),
        pa.field("phash", pa.uint64(), nullable=False),
        pa.field("rendition", pa.binary(), nullable=False),
    ]
)

#: Larger pictures beside the images of a shard; the files are named by sha256.
CLOSEUPS = pa.schema(
    [
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("digest", pa.string(), nullable=False),  # sha256 of the file
    ]
)

REJECTS = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

#: The columns that every catalog has; the user's fields follow (see ``catalog.join``).
CATALOG = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("paths", pa.list_(pa.string()), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("width_px", pa.int32(), nullable=False),
        pa.field("height_px", pa.int32(), nullable=False),
        pa.field("mean_rgb", pa.list_(pa.uint8(), 3), nullable=False),
    ]
)

#: Which picture each public id stands for.
CONTENTS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
    ]
)

#: Bytes of each image's detail picture as it was published.
LENGTHS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)


def embeddings(dim: int) -> pa.Schema:
    """Return the schema of an embeddings shard: ``dim`` float32 components, unit length."""
    return pa.schema(
        [
            pa.field("sha256", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), dim), nullable=False),
        ]
    )


NEIGHBORS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("ids", pa.list_(pa.string()), nullable=False),
        pa.field("similarities", pa.list_(pa.float32()), nullable=False),
    ]
)

LAYOUT = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("x", pa.float32(), nullable=False),
        pa.field("y", pa.float32(), nullable=False),
    ]
)

CLUSTERS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("level", pa.int16(), nullable=False),
        pa.field("cluster", pa.int32(), nullable=False),
        pa.field("membership", pa.float32(), nullable=False),
    ]
)

#: Only images that have near-duplicates.
DUPLICATES = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("group", pa.int32(), nullable=False),
        pa.field("is_earliest", pa.bool_(), nullable=False),
        pa.field("is_largest", pa.bool_(), nullable=False),
    ]
)

#: Pairs that were looked at, so that they are not looked at again; a score of 0: no near-duplicates.
DUPLICATE_PAIRS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("other_id", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)

#: Words that a model guesses of the images, by their numbers, the best first.
CONCEPTS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("words", pa.list_(pa.int32()), nullable=False),
        pa.field("scores", pa.list_(pa.float32()), nullable=False),
    ]
)

#: Rank of every live image, in rank order.
RANKS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("rank", pa.int64(), nullable=False),
    ]
)
