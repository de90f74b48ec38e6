"""Names, numbers and addresses of the site format.

Belongs here: constants of ``docs/site-format.md`` and the paths it defines. Does not belong here: contents.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from clipplot_pipeline.errors import SiteError

FORMAT_NAME = "clipplot-site"
FORMAT_MAJOR = 1
FORMAT_MINOR = 10

MANIFEST = "manifest.json"
INDEX = "index.html"
LOADER = "loader.js"
IMAGES_TABLE = "images.parquet"
#: The publisher's own files: who publishes, and since when files are named by nothing. No reader reads them.
LOCK = "publish.lock"
GARBAGE = "garbage.json"

#: Where detail pictures and close-ups lie: named by their image, not by their content.
PICTURES = "p/"

RANKS_PER_BLOCK = 256
MAX_NEIGHBORS = 24
#: Bounds of log2(width / height) in the column of aspects.
MAX_LOG_ASPECT = 6.0

NO_CACHE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "bin": "application/octet-stream",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "tif": "image/tiff",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "wasm": "application/wasm",
    "txt": "text/plain; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "lock": "application/json",
}

_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_IMAGE_ID = re.compile(r"[0-9a-f]{20}")


def is_path(path: object) -> bool:
    """Tell whether a path keeps to the alphabet of the format and stays inside the site."""
    return (
        isinstance(path, str)
        and _PATH.fullmatch(path) is not None
        and not any(part in {".", ".."} for part in path.split("/"))
    )


def check_path(path: str) -> str:
    """Return the path, or raise a SiteError if the format does not allow it."""
    if not is_path(path):
        raise SiteError(f"{path!r}: not a path of a site; expected letters, digits and . _ - between /")
    return path


def is_image_id(value: object) -> bool:
    """Tell whether a value is 20 hex digits."""
    return isinstance(value, str) and _IMAGE_ID.fullmatch(value) is not None


def content_type(path: str) -> str:
    """Return the media type of a file of a site by the ending of its name."""
    return CONTENT_TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def takedown_cache(max_age_s: int) -> str:
    """Return the Cache-Control of files that carry pictures. Unit: s."""
    return f"public, max-age={max_age_s}"


def hash_bytes(*parts: bytes, digits: int = 16) -> str:
    """Return hex digits over byte strings, one after the other."""
    content = hashlib.sha256()
    for part in parts:
        content.update(part)
    return content.hexdigest()[:digits]


def hash_rank_order(ranked_ids: list[str]) -> str:
    """Return 16 hex digits over the image ids in rank order."""
    return hash_bytes("".join(ranked_ids).encode())


def dump_json(value: Any) -> bytes:
    """Return JSON without spaces; keys keep their order, so equal values made alike are equal bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def detail_template(recipe: str) -> str:
    """Return the template of the detail pictures' addresses: another recipe gives other addresses."""
    return f"p/{hash_bytes(recipe.encode(), digits=8)}/{{xx}}/{{id}}.jpg"


def detail_path(template: str, image_id: str) -> str:
    """Return the address of a detail picture by the manifest's template."""
    return template.replace("{xx}", image_id[:2]).replace("{id}", image_id)


def image_of(path: str) -> str:
    """Return the id of the image whose detail picture or close-up lies at an address."""
    return path.rsplit("/", 1)[-1].partition(".")[0]


def words_path(template: str, number: int) -> str:
    """Return the address of a block of words by the manifest's template."""
    return template.replace("{n}", str(number))


def count_blocks(image_count: int) -> int:
    """Return the number of blocks of words."""
    return -(-image_count // RANKS_PER_BLOCK)
