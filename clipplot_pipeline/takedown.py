"""What was taken down: the keyed list that keeps forgotten pictures out, and the journal of a takedown under way.

Belongs here: the two files in the store and what they mean. Does not belong here: rewriting shards and driving the
graph (``drive.forget``), what a published site shows meanwhile (``site.tombstones``).

The list holds keyed hashes alone: of pictures, so that a copy is known wherever it turns up, and of places (path, size
and version of a file), so that the file itself is not even opened again. The journal names pictures in clear and is
deleted with the last step; while it is there, the takedown is to be finished.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.storage import Store

FORGOTTEN = "forgotten.json"
JOURNAL = "takedown.json"
#: What a listing calls the files it left out because they were taken down.
SKIPPED = "taken down"
#: Of a keyed hash, those that make a public id (``catalog.identity``).
ID_DIGITS = 20
_CHECK = "this salt made the list"


@dataclass(frozen=True)
class Forgotten:
    """The pictures and places that are not to be taken in again.

    Attributes
    ----------
    salt : bytes
        The collection's secret.
    pictures, places, names : frozenset of str
        Keyed hashes, 64 hex digits each; names are file names without folders and case.
    """

    salt: bytes = b""
    pictures: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def has_picture(self, sha256: str) -> bool:
        """Tell whether a picture was taken down, by the sha256 of its original."""
        return bool(self.pictures) and _hash(self.salt, sha256) in self.pictures

    def has_id(self, image_id: str) -> bool:
        """Tell whether an id that clipplot made is that of a picture that was taken down."""
        return len(image_id) == ID_DIGITS and any(known.startswith(image_id) for known in self.pictures)

    def has_place(self, path: str, size_bytes: int, version: str) -> bool:
        """Tell whether this very file was taken down."""
        return bool(self.places) and _hash(self.salt, _name_place(path, size_bytes, version)) in self.places

    def has_name(self, path: str) -> bool:
        """Tell whether a path, as somebody's table spells it, ends in the name of a file that was taken down."""
        return bool(self.names) and not self.names.isdisjoint(_hash(self.salt, n) for n in _spell(path))


@dataclass(frozen=True)
class Takedown:
    """A takedown under way: everything that has to go, in clear.

    Attributes
    ----------
    pictures : tuple of str
        sha256 of the originals.
    image_ids, paths : tuple of str
        Public ids, and paths in the source of all files that hold the pictures (or were rejects).
    places : tuple of (str, int, str)
        Path, size and version of those files.
    shards : tuple of str
        The shards that hold them.
    purged : tuple of str
        Files of the site that were deleted or replaced so far.
    """

    pictures: tuple[str, ...] = ()
    image_ids: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    places: tuple[tuple[str, int, str], ...] = ()
    shards: tuple[str, ...] = ()
    purged: tuple[str, ...] = ()

    def joined(self, other: Takedown) -> Takedown:
        """Return both together, each entry once, sorted."""
        mine, theirs = asdict(self), asdict(other)
        return Takedown(**{name: tuple(sorted({*mine[name], *theirs[name]})) for name in mine})


def read_forgotten(store: Store, salt: bytes) -> Forgotten:
    """Return the list of a collection, empty if nothing was taken down.

    Raises
    ------
    StoreError
        If the list was made with another salt: it would let everything in again.
    """
    if not store.exists(FORGOTTEN):
        return Forgotten(salt)
    kept = store.read_json(FORGOTTEN)
    if kept["check"] != _hash(salt, _CHECK):
        raise StoreError(
            f"{store.url}/{FORGOTTEN}: the list of pictures that were taken down was made with another salt; "
            "expected the one in CLIPPLOT_SALT or the store's file `salt`; put that back"
        )
    return Forgotten(salt, *(frozenset(kept[part]) for part in ("pictures", "places", "names")))


def remember(store: Store, known: Forgotten, takedown: Takedown) -> Forgotten:
    """Add what is to be forgotten to the list, and return the list."""
    salt = known.salt
    now = Forgotten(
        salt,
        known.pictures | {_hash(salt, sha256) for sha256 in takedown.pictures},
        known.places | {_hash(salt, _name_place(*place)) for place in takedown.places},
        known.names | {_hash(salt, name) for path in takedown.paths for name in _spell(path)},
    )
    kept: dict[str, Any] = {
        "check": _hash(salt, _CHECK),
        "pictures": sorted(now.pictures),
        "places": sorted(now.places),
        "names": sorted(now.names),
    }
    store.write_json(FORGOTTEN, kept)
    return now


def read_journal(store: Store) -> Takedown | None:
    """Return the takedown that is to be finished, or None."""
    if not store.exists(JOURNAL):
        return None
    kept = store.read_json(JOURNAL)
    places = tuple((str(path), int(size), str(version)) for path, size, version in kept.pop("places"))
    return Takedown(places=places, **{name: tuple(values) for name, values in kept.items()})


def write_journal(store: Store, takedown: Takedown | None) -> None:
    """Keep a takedown until it is finished; None says that it is."""
    if takedown is None:
        store.delete(JOURNAL)
    else:
        store.write_json(JOURNAL, asdict(takedown))


def _name_place(path: str, size_bytes: int, version: str) -> str:
    return "\0".join([path, str(size_bytes), version])


def _spell(path: str) -> set[str]:
    """Return a file's name with and without its ending, whatever case and form it is written in."""
    name = unicodedata.normalize("NFC", re.split(r"[\\/]", path)[-1]).casefold()
    return {name, name.rpartition(".")[0] or name}


def _hash(salt: bytes, text: str) -> str:
    return hmac.digest(salt, text.encode("utf-8", "surrogatepass"), "sha256").hex()
