"""A whole site as one HTML file that opens by double click, without a server.

Belongs here: which files of a published site go into it, how they stand there, the policy of the page. Does not
belong here: finding the site of a collection (``drive.single_file``), reading the file (the viewer's ``single.ts``).
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from PIL import Image

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.format import MANIFEST, detail_path
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.site.pages import environment
from clipplot_pipeline.site.single_page import embed_page, hash_source
from clipplot_pipeline.site.verify import iterate_names
from clipplot_pipeline.site.verify_pictures import name_tiles
from clipplot_pipeline.site.viewer_files import load_single
from clipplot_pipeline.storage import Store

#: Above it a browser takes too long to open the file, and holds too much of it in memory.
MAX_IMAGES = 5_000
#: JPEG quality of large pictures that are made smaller.
COMPACT_QUALITY = 80

#: What the About page's list of large pictures is known by.
ABOUT_PICTURES = ("class", "pictures")

Pictures = Literal["compact", "full", "none"]


class _File(NamedTuple):
    """A file of the site, as the template writes it; ``text`` is base64."""

    path: str
    text: str
    is_packed: bool


@dataclass(frozen=True, slots=True)
class SingleFile:
    """What was written.

    Attributes
    ----------
    images : int
    files : int
        Of the site, that the file holds.
    bytes : int
        Length of the file.
    """

    images: int
    files: int
    bytes: int


def write_single_file(
    site: Store,
    out: IO[bytes],
    name: str,
    language: str = "en",
    pictures: Pictures = "compact",
    viewer: Path | None = None,
) -> SingleFile:
    """Write a published site as one HTML file.

    Files are read one after the other: memory stays at one of them.

    Parameters
    ----------
    site : Store
        The published site.
    out : binary file
        Where to write.
    name : str
        What the collection is known by: the reader's own collections are kept under it.
    language : str
        Of the title, BCP 47.
    pictures : {"compact", "full", "none"}
        The large pictures: encoded again where that makes them smaller, as they are, or left out.
    viewer : Path, optional
        Folder of the built viewer; by default the one inside the package.

    Raises
    ------
    SiteError
        Before anything is written, if there is no site, it has too many images, or the viewer is not built.
    """
    if not site.exists(MANIFEST):
        raise SiteError(
            f"{site.url}: there is no {MANIFEST}; expected a published site; run `clipplot build`"
        )
    plain = json.loads(site.read_bytes(MANIFEST))
    manifest = read_manifest(plain, f"{site.url}/{MANIFEST}")
    if manifest.image_count > MAX_IMAGES:
        raise SiteError(
            f"{site.url}: {manifest.image_count:,} images; one file holds at most {MAX_IMAGES:,}, as a browser reads "
            "all of it before it shows anything; publish the site (docs/guides/hosting.md), or make a map of fewer"
        )
    script, style = load_single(viewer)
    packer = _Packer(site, manifest, pictures)
    script, style = _protect(script), f"{style.strip()}\n{packer.brand_style}".strip()
    about = packer.embed_about()
    page = environment.get_template("single.html.j2").generate(
        manifest=manifest,
        language=language,
        policy=_make_policy(script, style, packer.about_style),
        style=style,
        script=script,
        block=_escape_json({"name": name, "manifest": _strip_manifest(plain, pictures)}),
        files=packer.iterate(about),
    )
    size = sum(out.write(piece.encode()) for piece in page)
    return SingleFile(manifest.image_count, packer.count, size)


def _make_policy(script: str, *styles: str) -> str:
    """Return a policy that allows one script and these styles, and no request at all."""
    parts = (
        "default-src 'none'",
        f"script-src {hash_source(script)}",
        f"style-src {' '.join(map(hash_source, styles))}",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _strip_manifest(plain: dict[str, Any], pictures: Pictures) -> dict[str, Any]:
    """Return the manifest without what one file does not hold."""
    left = {key: value for key, value in plain.items() if key not in {"pages", "exports", "closeups"}}
    return left | ({"details": None} if pictures == "none" else {})


def _escape_json(value: Any) -> str:
    """Return JSON that no parser of HTML takes for anything else."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _protect(script: str) -> str:
    """Return a script that ends no element: such words can only stand in its texts and patterns."""
    safe = re.sub("<(?=/script|!--)", r"\\x3c", script, flags=re.IGNORECASE)
    return safe.replace("\r\n", "\n").strip()


class _Packer:
    """Reads the files of a site, and counts them."""

    def __init__(self, site: Store, manifest: Manifest, pictures: Pictures) -> None:
        self.site = site
        self.manifest = manifest
        self.pictures = pictures
        self.count = 0
        folder = posixpath.dirname(manifest.about)
        # Fonts stay out: no policy allows them beside a page that is opened from a disk.
        brand = self._read_text(manifest.brand.style) if manifest.brand else ""
        self.brand_style = re.sub(r"@font-face \{[^}]*\}", "", brand).replace("</", "<\\/").strip()
        self.about_style = f"{self._read_text(f'{folder}/about.css').strip()}\n{self.brand_style}".strip()

    def embed_about(self) -> bytes:
        """Return the About page with everything in it."""
        folder = posixpath.dirname(self.manifest.about)

        def read(address: str) -> bytes:
            path = posixpath.normpath(f"{folder}/{address}")
            data = self.site.read_bytes(path)
            return compact_picture(data) if path.endswith(".jpg") else data

        left_out = [ABOUT_PICTURES] if self.pictures == "none" else []
        return embed_page(self._read_text(self.manifest.about), self.about_style, read, left_out).encode()

    def iterate(self, about: bytes) -> Iterator[_File]:
        """Yield every file: first what the map is drawn with, then the large pictures."""
        yield self._pack(self.manifest.about, about)
        for path in self._names():
            yield self._pack(path, self.site.read_bytes(path))
        details = self.manifest.details
        if details is None or self.pictures == "none":
            return
        for image_id in self._live_ids():
            path = detail_path(details.path, image_id)
            data = self.site.read_bytes(path)
            yield self._pack(path, compact_picture(data) if self.pictures == "compact" else data)

    def _names(self) -> list[str]:
        manifest = self.manifest
        code = posixpath.dirname(manifest.viewer.script)
        apart = (f"{code}/", "b/", "a/")  # the viewer, pages and tables, style and fonts
        named = [path for path in iterate_names(manifest) if "/" in path and not path.startswith(apart)]
        named += [manifest.brand.logo] if manifest.brand and manifest.brand.logo else []
        return list(dict.fromkeys([*named, *name_tiles(manifest)]))

    def _live_ids(self) -> Iterator[str]:
        path = self.manifest.columns["id"].path
        column = decode_column(self.site.read_bytes(path), path)
        gone = frozenset(self.manifest.tombstones)
        for rank, packed in enumerate(column.stored):
            if rank not in gone:
                yield packed.tobytes().hex()

    def _pack(self, path: str, data: bytes) -> _File:
        self.count += 1
        is_packed = path.endswith((".json", ".html"))
        data = gzip.compress(data, 9, mtime=0) if is_packed else data
        return _File(path, base64.b64encode(data).decode(), is_packed)

    def _read_text(self, path: str) -> str:
        return self.site.read_bytes(path).decode()


def compact_picture(data: bytes) -> bytes:
    """Return a JPEG of the same size in pixels and fewer bytes; what gets no smaller stays as it is."""
    with Image.open(io.BytesIO(data)) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(
            out, "JPEG", quality=COMPACT_QUALITY, subsampling="4:2:0", optimize=True, progressive=True
        )
    smaller = out.getvalue()
    return smaller if len(smaller) < len(data) else data
