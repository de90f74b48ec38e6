"""Close-ups beside the images of a shard: kept, carried to other shards, erased; and as the site takes them.

Belongs here: their files in the store and the list of them. Does not belong here: cutting (``images.closeup``), what
the site says of them (``site.closeups``).

They are no part of the shard's data version but a part by themselves, so that other close-ups wake the site alone.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.step import Step
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.graph import CLOSEUPS, INVENTORY
from clipplot_pipeline.images import Cutting, closeup_recipe
from clipplot_pipeline.model import Field, ImageFacts
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.site.closeup_links import Links, expand_links, pick_links
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.sources import read_image_service
from clipplot_pipeline.storage import Store

LIST = "closeups.parquet"
_SHOWN = 3


def choose_cutting(settings: Settings, folder: str = "") -> Cutting | None:
    """Return what is cut of the originals; None: nothing. ``folder``: where it waits, on the local disk."""
    chosen = settings.closeup
    return Cutting(chosen.kind, chosen.long_side_px, chosen.quality, folder) if chosen.is_cut else None


class CloseupKeeper:
    """Puts the close-ups of one shard into its folder."""

    def __init__(self, out: Store) -> None:
        self._out = out
        self._rows: dict[str, dict[str, Any]] = {}

    def take(self, found: ImageFacts) -> None:
        """Put the close-up of a picture that was opened, if it has one."""
        if found.closeup is None:
            return
        waiting = Path(found.closeup)
        self._put(found.sha256, waiting.read_bytes())
        waiting.unlink()

    def copy(self, folder: Store, pictures: Collection[str]) -> None:
        """Put close-ups of the pictures (sha256) that another shard has."""
        if folder.exists(LIST):
            for sha256 in folder.read_table(LIST, columns=["sha256"])["sha256"].to_pylist():
                if sha256 in pictures:
                    self._put(sha256, folder.read_bytes(_path(sha256)))

    def finish(self) -> dict[str, str]:
        """Write the list and return the part's data version."""
        rows = [self._rows[sha256] for sha256 in sorted(self._rows)]
        return {CLOSEUPS: self._out.write_table(LIST, pa.Table.from_pylist(rows, schema=schemas.CLOSEUPS))}

    @property
    def facts(self) -> dict[str, int]:
        """How many there are, and how large they are together."""
        return {"closeups": len(self._rows), "closeup_bytes": sum(r["bytes"] for r in self._rows.values())}

    def _put(self, sha256: str, data: bytes) -> None:
        if sha256 not in self._rows:
            self._out.write_bytes(_path(sha256), data)
            self._rows[sha256] = {
                "sha256": sha256,
                "bytes": len(data),
                "digest": hashlib.sha256(data).hexdigest(),
            }


def drop_closeups(folder: Store, pictures: Collection[str]) -> dict[str, str]:
    """Erase the close-ups of pictures (sha256) from a shard's folder; return the part's data version, if it has one."""
    if not folder.exists(LIST):
        return {}
    listed = folder.read_table(LIST)
    is_gone = pc.is_in(listed["sha256"], value_set=pa.array(sorted(pictures), pa.string()))
    for sha256 in listed.filter(is_gone)["sha256"].to_pylist():
        folder.delete(_path(sha256))
    return {CLOSEUPS: folder.write_table(LIST, listed.filter(pc.invert(is_gone)))}


def join_closeups(folders: Sequence[Store], new: Store, pictures: Collection[str]) -> dict[str, str]:
    """Copy the close-ups of pictures from several shards to that which they become; return the part's data version."""
    if not any(folder.exists(LIST) for folder in folders):
        return {}
    keeper = CloseupKeeper(new)
    for folder in folders:
        keeper.copy(folder, pictures)
    return keeper.finish()


def collect_closeups(
    step: Step, catalog: pa.Table, fields: Sequence[Field]
) -> tuple[Closeups | None, list[str]]:
    """Return the close-ups of the catalog's images as the site takes them, and what people should know of them."""
    cutting = choose_cutting(step.settings)
    if cutting is not None:
        return _collect_cut(step, catalog, cutting), []
    chosen = step.settings.closeup
    if chosen.kind == "none":
        return None, []
    if chosen.link:
        addresses = expand_links(chosen.link, catalog, fields)
    elif chosen.kind == "iiif":
        addresses = _read_services(step, catalog)
    else:
        raise SettingsError(
            'closeup: `kind = "link"` needs `link`; expected the address of the pictures there'
        )
    links = pick_links(addresses, chosen.host, is_service=chosen.kind == "iiif")
    return Closeups(chosen.kind, addresses=links.addresses, origin=links.origin), _warn(
        links, catalog.num_rows
    )


def _collect_cut(step: Step, catalog: pa.Table, cutting: Cutting) -> Closeups:
    where: dict[str, tuple[Store, int]] = {}
    for _, folder in step.shards("images"):
        if folder.exists(LIST):
            listed = folder.read_table(LIST, columns=["sha256", "bytes"])
            sizes = zip(listed["sha256"].to_pylist(), listed["bytes"].to_pylist(), strict=True)
            where |= {sha256: (folder, size) for sha256, size in sizes}
    pictures = catalog["sha256"].to_pylist()
    sizes_bytes = np.array([where[sha256][1] if sha256 in where else 0 for sha256 in pictures], np.int64)

    def read(row: int) -> bytes:
        return where[pictures[row]][0].read_bytes(_path(pictures[row]))

    return Closeups(cutting.kind, recipe=closeup_recipe(cutting), sizes_bytes=sizes_bytes, read=read)


def _read_services(step: Step, catalog: pa.Table) -> list[str | None]:
    """Return the IIIF image service of every image, as the source's manifests name it."""
    table = step.ledger.folder(INVENTORY).read_table("inventory.parquet", columns=["path", "place", "live"])
    live = table.filter(table["live"])
    places = zip(live["path"].to_pylist(), live["place"].to_pylist(), strict=True)
    services: Mapping[str, str | None] = {path: read_image_service(place) for path, place in places}
    return [services.get(paths[0]) for paths in catalog["paths"].to_pylist()]


def _warn(links: Links, total: int) -> list[str]:
    shown = ", ".join(links.examples[:_SHOWN])
    return (
        [f"closeup: {links.left_out:,} of {total:,} images have no address that may be shown ({shown})"]
        if links.left_out
        else []
    )


def _path(sha256: str) -> str:
    return f"closeups/{sha256}"
