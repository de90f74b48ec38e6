"""Close-ups: what opens when a picture is enlarged (site format §16).

Belongs here: where they lie, what the manifest and the rows of words say of them, what the page may ask for. Does not
belong here: making addresses of other servers (``closeup_links``), checking (``verify_closeups``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.site.format import check_path, detail_path, hash_bytes
from clipplot_pipeline.site.plan import SiteFile

SUFFIXES: Mapping[str, str] = {"picture": "jpg", "tiles": "tif"}


def _absent(row: int) -> bytes:
    raise LookupError(f"close-up of row {row}: none was handed over")


@dataclass(frozen=True, slots=True)
class Closeups:
    """The close-ups of all images, in catalog order.

    Attributes
    ----------
    kind : str
        ``picture`` and ``tiles`` lie in the site; ``link`` and ``iiif`` are given by another server.
    recipe : str
        How those in the site were made: part of their address.
    sizes_bytes : ndarray of int64, shape (n,)
        Of those in the site; 0: the image has none.
    read : callable
        Returns the file of a catalog row.
    addresses : sequence of str or None
        At the other server; None: the image has none.
    origin : str
        The other server: ``https://`` and its host.
    """

    kind: str
    recipe: str = ""
    sizes_bytes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    read: Callable[[int], bytes] = _absent
    addresses: Sequence[str | None] = ()
    origin: str = ""

    def __len__(self) -> int:
        return len(self.addresses) if self.origin or self.addresses else len(self.sizes_bytes)

    @property
    def is_own(self) -> bool:
        """Whether they lie in the site."""
        return self.kind in SUFFIXES

    @property
    def count(self) -> int:
        """Images that have one."""
        if self.is_own:
            return int(np.count_nonzero(self.sizes_bytes))
        return sum(address is not None for address in self.addresses)

    def describe(self) -> dict[str, Any]:
        """Return what the manifest says of them; empty if no image has one."""
        if not self.count:
            return {}
        place = {"path": self.template} if self.is_own else {"origin": self.origin}
        return {"closeups": {"kind": self.kind, **place}}

    def describe_row(self, row: int) -> bool | str | None:
        """Return what the words say of the image of a catalog row; None: it has none."""
        if self.is_own:
            return bool(self.sizes_bytes[row]) or None
        return self.addresses[row]

    def link(self, row: int, image_id: str) -> str | None:
        """Return where a page without a script finds the larger picture of a row; None: nowhere.

        A path of the site, or an address of the other server. Browsers show neither pyramids nor services.
        """
        if self.kind == "picture" and self.sizes_bytes[row]:
            return detail_path(self.template, image_id)
        return self.addresses[row] if self.kind == "link" else None

    @property
    def template(self) -> str:
        """The template of their addresses in the site: another recipe gives other addresses."""
        return f"p/{hash_bytes(self.recipe.encode(), digits=8)}/{{xx}}/{{id}}.{SUFFIXES[self.kind]}"

    def plan_files(
        self, image_ids: Sequence[str], ranks: NDArray[np.int64], cache_control: str
    ) -> Iterator[SiteFile]:
        """Yield the files that lie in the site.

        Parameters
        ----------
        image_ids : sequence of str
            In rank order.
        ranks : ndarray of int64, shape (n,)
            Catalog row of every rank.
        cache_control : str
            That of pictures.
        """
        if not self.is_own:
            return
        for image_id, row in zip(image_ids, ranks.tolist(), strict=True):
            if size := int(self.sizes_bytes[row]):
                path = check_path(detail_path(self.template, image_id))
                yield SiteFile(path, size, cache_control, partial(self.read, row))


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a page may ask another server for, as its Content-Security-Policy names it; empty: nothing."""

    pictures: str = ""
    documents: str = ""


def allow(closeups: Closeups | None) -> Allowed:
    """Return what the viewer's page may ask for: exactly the one server that enlarged pictures come from, if any."""
    if closeups is None or not closeups.origin or not closeups.count:
        return Allowed()
    return Allowed(closeups.origin, closeups.origin if closeups.kind == "iiif" else "")
