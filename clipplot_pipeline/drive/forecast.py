"""What a build is about to do, in time, space and memory, told before it begins.

Belongs here: counting what is new, and rules of thumb. Does not belong here: measuring (``docs/benchmarks.md``, from
which the rules come, in round numbers: they say minutes or hours, not seconds).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clipplot_pipeline.errors import SettingsError, SourceError, StoreError
from clipplot_pipeline.graph import CUTTING, INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import find_kind
from clipplot_pipeline.sources.iiif import IIIF

#: Work of one core, of which the rules of thumb know: starting, a picture, a megabyte of originals. Unit: s.
STARTING_S, PICTURE_S, MEGABYTE_S = 25.0, 0.03, 0.05
#: Work of one core on one vector: a network without a graphics card, and what needs no network. Unit: s.
NETWORK_S, DESCRIPTOR_S = 0.12, 0.01
#: A rendition of 512 px weighs about this at most; facts, vector, tiles and words of one picture about this.
RENDITION_BYTES, FACTS_BYTES = 120_000, 20_000
#: Close-ups: work of one core on a megabyte of originals; bytes of a pyramid for each of a compressed original, of any
#: other, and for each pixel.
CLOSEUP_MEGABYTE_S = 0.2
CLOSEUP_COMPRESSED, CLOSEUP_PLAIN, CLOSEUP_PIXEL_BYTES = 1.2, 0.2, 0.4
COMPRESSED = (".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".gif")
BASE_MEMORY_BYTES, NETWORK_MEMORY_BYTES, PICTURE_MEMORY_BYTES = 800_000_000, 1_500_000_000, 6_000
#: The true time is between the estimate and this many times it: machines differ.
SPREAD = 3
#: Later builds with fewer new pictures are not long work.
MANY = 200


@dataclass(frozen=True)
class Forecast:
    """What a build will take, about.

    Attributes
    ----------
    pictures, new : int
        Files of the source that may be pictures, and how many of them are to be opened: those that never were, and all
        where other close-ups are asked for.
    new_bytes : int
        Size of these.
    seconds : float
        The least time; three times as much is not surprising.
    disk_bytes, memory_bytes : int
        Space that store and site will take in addition, and memory at the peak.
    """

    pictures: int
    new: int
    new_bytes: int
    seconds: float
    disk_bytes: int
    memory_bytes: int

    def describe(self) -> str:
        """Return it in one sentence."""
        times = dict.fromkeys((tell_time(self.seconds), tell_time(self.seconds * SPREAD)))
        return (
            f"{self.new:,} pictures to open ({tell_bytes(self.new_bytes)}): about {' to '.join(times)}, "
            f"{tell_bytes(self.disk_bytes)} of disk, "
            f"{tell_bytes(self.memory_bytes)} of memory."
        )


def forecast(settings: Settings, scan: Scan, cores: int | None = None) -> Forecast:
    """Return what bringing a collection up to date will take.

    Parameters
    ----------
    settings : Settings
    scan : Scan
        The source as it is now.
    cores : int, optional
        By default those of this machine.
    """
    fresh = _find_new(settings, scan.images)
    opened = scan.images if _cuts_anew(settings) else fresh
    count, size = len(fresh), sum(image.size_bytes for image in opened)
    cut_bytes = sum(_guess_closeup(settings, image) for image in opened)
    is_neural = settings.embedder == "open_clip"
    embedding_s = count * (NETWORK_S if is_neural else DESCRIPTOR_S)
    megabyte_s = MEGABYTE_S + (CLOSEUP_MEGABYTE_S if cut_bytes else 0.0)
    work_s = len(opened) * PICTURE_S + size / 1e6 * megabyte_s + embedding_s
    kept = sum(min(image.size_bytes or RENDITION_BYTES, RENDITION_BYTES) for image in fresh)
    return Forecast(
        pictures=len(scan.images),
        new=len(opened),
        new_bytes=size,
        seconds=STARTING_S + work_s / (cores or os.cpu_count() or 1),
        # The site holds detail pictures and close-ups again.
        disk_bytes=kept * (2 if settings.detail == "rendition" else 1) + count * FACTS_BYTES + 2 * cut_bytes,
        memory_bytes=BASE_MEMORY_BYTES
        + (NETWORK_MEMORY_BYTES if is_neural else 0)
        + PICTURE_MEMORY_BYTES * len(scan.images),
    )


def check_pictures(settings: Settings, scan: Scan) -> None:
    """Raise if a source that was never built holds nothing that may be a picture.

    Raises
    ------
    SourceError
        With what was met instead. A source that had pictures once may be emptied: that is a change like any other.
    """
    if scan.images or scan.unsettled or Ledger(settings).record(INVENTORY) is not None:
        return
    met = ", ".join(f"{count:,} {reason}" for reason, count in scan.skipped.items() if count)
    raise SourceError(
        f"{settings.source}: it holds no pictures ({'left out: ' + met if met else 'nothing at all'}); expected JPEG, "
        "PNG, TIFF, WebP or the like; name the folder they are in, or look at `include` and `exclude`"
    )


def check_space(settings: Settings, needed_bytes: int) -> None:
    """Raise if the disk of a local store has less space than is needed.

    Raises
    ------
    StoreError
    """
    if "://" in settings.store:
        return
    folder = Path(settings.store).absolute()
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_bytes = shutil.disk_usage(there).free
    if needed_bytes > free_bytes:
        raise StoreError(
            f"store: {there} has {tell_bytes(free_bytes)} free, about {tell_bytes(needed_bytes)} are needed; "
            "free some, put `store` on a larger disk, or lower `rendition_px` or `closeup.long_side_px`"
        )


def tell_bytes(count: int) -> str:
    """Return a size in words: `23 MB`, `1.2 GB`."""
    if count < 1_000_000_000:
        return f"{max(1, round(count / 1e6)):,} MB"
    return f"{count / 1e9:,.1f} GB"


def tell_time(seconds: float) -> str:
    """Return a duration in words: `2 minutes`, `3 hours`; never less than a minute."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    hours = round(seconds / 3600)
    return f"{hours:,} hours" if hours < 72 else f"{round(hours / 24):,} days"


def check_closeups(settings: Settings) -> None:
    """Raise if the settings ask for close-ups of another server, and nothing can say where they are.

    Raises
    ------
    SettingsError
    """
    chosen = settings.closeup
    if chosen.kind == "link" and not chosen.link:
        raise SettingsError(
            'closeup: `kind = "link"` needs `link`; expected the address of the pictures there'
        )
    if chosen.kind == "iiif" and not chosen.link and find_kind(settings) is not IIIF:
        raise SettingsError(
            f'closeup: `kind = "iiif"`, but {settings.source} names no image services, as IIIF manifests do; expected '
            "the address of a service in `link`, with the placeholders that the guide to close-ups lists"
        )


def _cuts_anew(settings: Settings) -> bool:
    """Tell whether originals that were opened before are to be opened again, for other close-ups."""
    if not settings.closeup.is_cut:
        return False
    wanted = settings.pick(CUTTING)
    records = Ledger(settings).records("images").values()
    return any({key: record.settings.get(key) for key in CUTTING} != wanted for record in records)


def _guess_closeup(settings: Settings, image: SourceImage) -> int:
    """Return what the close-up of a picture may weigh: its size in pixels is not known before it is opened."""
    chosen = settings.closeup
    if not chosen.is_cut:
        return 0
    is_compressed = image.path.lower().endswith(COMPRESSED)
    guess = image.size_bytes * (CLOSEUP_COMPRESSED if is_compressed else CLOSEUP_PLAIN)
    most = chosen.long_side_px**2 * CLOSEUP_PIXEL_BYTES
    return round(min(guess, most) if most else guess)


def _find_new(settings: Settings, images: Sequence[SourceImage]) -> list[SourceImage]:
    ledger = Ledger(settings)
    if ledger.record(INVENTORY) is None:
        return list(images)
    table = ledger.folder(INVENTORY).read_table("inventory.parquet").select(["path", "version"])
    known = set(zip(table["path"].to_pylist(), table["version"].to_pylist(), strict=True))
    return [image for image in images if (image.path, image.version) not in known]
