"""Publishing: everything new is put and verified, then the manifest, last and alone.

Belongs here: the order of steps, so that a reader never meets half a site and a failed publish leaves the old
one. Does not belong here: contents (``build``), which files are garbage (``garbage``).

One publisher at a time works on a destination (``lock``).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clipplot_pipeline.errors import PublishError, SiteError, StoreError
from clipplot_pipeline.site.content import DetailSource
from clipplot_pipeline.site.destination import Destination, RequestError
from clipplot_pipeline.site.format import (
    GARBAGE,
    INDEX,
    MANIFEST,
    NO_CACHE,
    PICTURES,
    content_type,
    detail_path,
    image_of,
)
from clipplot_pipeline.site.garbage import find_garbage, keep_young, read_since, retire_parts, write_since
from clipplot_pipeline.site.limits import find_passed_limits
from clipplot_pipeline.site.lock import Clock, hold_lock, now_utc
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.site.plan import SiteFile, SitePlan
from clipplot_pipeline.site.verify import Verification, verify_manifest
from clipplot_pipeline.storage import Store

#: Pictures of each kind that are decoded before the manifest is put.
VERIFIED_PICTURES = 32
#: Detail pictures in memory at once, for each worker.
PICTURES_A_WORKER = 8
#: How long files stay that only older builds name, for those who have one open.
GRACE = timedelta(hours=24)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What publishing came to.

    Attributes
    ----------
    build_id, url : str
        What was published, and where.
    images, files_put, files_kept, files_deleted : int
        Images of the site; files written, already there, removed.
    bytes_put : int
        Of the files written.
    verification : Verification
        Of all files, before the manifest was put.
    warnings : tuple of str
        Limits of hosts for static sites that the folder passes.
    lengths : mapping of str to int
        Bytes of every image's detail picture, 0 without one: for the next time. Empty where nobody asked.
    """

    build_id: str
    url: str
    images: int
    files_put: int
    files_kept: int
    files_deleted: int
    bytes_put: int
    verification: Verification
    warnings: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict, repr=False)


def publish(
    plan: SitePlan,
    destination: Store | str,
    details: DetailSource | None = None,
    *,
    lengths: Mapping[str, int] | None = None,
    workers: int = 8,
    progress: Progress | None = None,
    grace: timedelta = GRACE,
    now: Clock = now_utc,
) -> PublishReport:
    """Put a site where it belongs.

    Parameters
    ----------
    plan : SitePlan
        From ``build_site``.
    destination : Store or str
        A folder, or any fsspec URL. Files in it that are no part of a site are left alone.
    details : callable, optional
        Yields the detail pictures asked for; called only if some are to be put.
    lengths : mapping of str to int, optional
        Bytes of the detail pictures as they were put, of the images whose id stood for the same picture then. What
        lies at the address of another is put again. Without it ids are taken to be made of the pictures.
    workers : int
        Threads that write.
    progress : callable, optional
        Called with files handled so far and their number.
    grace : timedelta
        How long files stay that only older builds name. Removed detail pictures go at once.
    now : callable
        Returns the time, with time zone.

    Raises
    ------
    PublishError
        If another publisher is at work there, a file cannot be written, or the site does not verify. The site
        published before stays as it is.
    """
    store = Destination.of(destination)
    with ThreadPoolExecutor(workers) as pool:
        try:
            with hold_lock(store, now) as lock:
                previous = _read_previous(store)
                _refuse_foreign_page(store, previous)
                work = _Work(store, plan, pool, progress, lengths)
                work.put_content(details, workers * PICTURES_A_WORKER)
                verification = _verify(store, plan)
                lock.renew()
                garbage = _Garbage(store, plan, now())
                garbage.note(previous)
                work.put_root()
                garbage.collect(grace, pool)
        except RequestError as error:
            raise PublishError(f"{error}. The site published before stays as it is") from error
    return work.report(verification, garbage.deleted)


class _Work:
    """Puts what is not there yet, and counts."""

    def __init__(
        self,
        store: Destination,
        plan: SitePlan,
        pool: ThreadPoolExecutor,
        progress: Progress | None,
        lengths: Mapping[str, int] | None = None,
    ) -> None:
        self.store, self.plan, self.pool, self.progress = store, plan, pool, progress
        self.lengths = lengths
        self.present = store.list_sizes()
        self.files_put = self.files_kept = self.bytes_put = 0
        self.failure: RequestError | None = None
        template = plan.manifest["details"]["path"] if plan.has_details else ""
        self.details = {i: detail_path(template, i) for i in plan.image_ids} if template else {}
        self.total = len(plan.files) + len(self.details) + len(plan.root_files) + 1

    def count(self, size: int | None) -> None:
        """Count a file that was put (its size) or was there (None)."""
        if size is None:
            self.files_kept += 1
        else:
            self.files_put += 1
            self.bytes_put += size
        if self.progress:
            self.progress(self.files_put + self.files_kept, self.total)

    def report(self, verification: Verification, files_deleted: int) -> PublishReport:
        """Return what publishing came to."""
        return PublishReport(
            self.plan.build_id,
            self.store.url,
            len(self.plan.image_ids),
            self.files_put,
            self.files_kept,
            files_deleted,
            self.bytes_put,
            verification,
            find_passed_limits(self.store.list_sizes()) if self.store.is_local else (),
            {} if self.lengths is None else {i: self._size_of_detail(i) for i in self.plan.image_ids},
        )

    def put_content(self, details: DetailSource | None, batch_size: int) -> None:
        """Put all that the manifest will name."""
        self.put_files(self.plan.files)
        if self.plan.has_details:
            self.put_details(details, batch_size)

    def put_root(self) -> None:
        """Put what changes in place, and then, last and alone, the manifest."""
        self.put_files(self.plan.root_files)
        self.put_manifest()

    def put_files(self, files: Iterable[SiteFile]) -> None:
        """Put files in parallel; those that are there under a name that no other content has are not read at all."""

        def put(file: SiteFile) -> int | None:
            is_fixed = file.cache_control != NO_CACHE and not self._is_of_another(file.path)
            if is_fixed and self.present.get(file.path) == file.size_bytes:
                return None
            return self._put(file.path, file.read(), file.cache_control)

        for size in self.pool.map(put, files):
            self.count(size)

    def put_details(self, details: DetailSource | None, batch_size: int) -> None:
        """Put the detail pictures that are absent or of another picture, some at a time."""
        wanted = {image_id for image_id in self.details if not self._has_detail(image_id)}
        for _ in range(len(self.details) - len(wanted)):
            self.count(None)
        if not wanted:
            return
        if details is None:
            raise PublishError(
                f"{self.store.url}: {len(wanted)} detail pictures are to be put, and none were handed over"
            )

        def put(item: tuple[str, bytes]) -> int:
            return self._put(self.details[item[0]], item[1], self.plan.picture_cache)

        for batch in _batches(details(frozenset(wanted)), batch_size):
            fresh = {image_id: jpeg for image_id, jpeg in batch if image_id in wanted}
            for size in self.pool.map(put, fresh.items()):
                self.count(size)
            wanted -= fresh.keys()
        if wanted:
            raise PublishError(
                f"{self.store.url}: the pictures of {len(wanted)} images are missing in the store, one is "
                f"{min(wanted)}; run `clipplot build` to make their shards again"
            )

    def _size_of_detail(self, image_id: str) -> int:
        return self.present.get(self.details.get(image_id, ""), 0)

    def _has_detail(self, image_id: str) -> bool:
        size = self._size_of_detail(image_id)
        return size > 0 and (self.lengths is None or self.lengths.get(image_id) == size)

    def _is_of_another(self, path: str) -> bool:
        """Tell whether what lies at the address of a close-up may be that of another picture, of whatever size."""
        return self.lengths is not None and path.startswith(PICTURES) and image_of(path) not in self.lengths

    def put_manifest(self) -> None:
        """Put the manifest: from here on the new site is the site."""
        text = json.dumps(self.plan.manifest, ensure_ascii=False, indent=1, allow_nan=False)
        self.count(self._put(MANIFEST, text.encode(), NO_CACHE))

    def _put(self, path: str, data: bytes, cache_control: str) -> int:
        if self.failure is not None:
            raise self.failure  # what the other threads have queued would only fail as well
        try:
            self.store.put(path, data, content_type(path), cache_control)
        except RequestError as error:
            self.failure = error
            raise
        self.present[path] = len(data)
        return len(data)


def _verify(store: Destination, plan: SitePlan) -> Verification:
    """Check everything that was put, before anything names it; raise if a file is not as planned."""
    sizes = store.list_sizes()
    problems = [
        f"{file.path}: {sizes.get(file.path, 'no')} bytes; expected {file.size_bytes}"
        for file in plan.files
        if sizes.get(file.path) != file.size_bytes
    ]
    verification = verify_manifest(
        store, plan.manifest, sample=VERIFIED_PICTURES, has_root_files=False, sizes=sizes
    )
    problems += verification.problems
    if problems:
        raise PublishError(
            f"{store.url}: the new site does not verify, so the old one stays: " + "; ".join(problems[:5])
        )
    return verification


def _read_previous(store: Destination) -> Manifest | None:
    try:
        return read_manifest(store.read_bytes(MANIFEST))
    except RequestError:
        raise
    except (StoreError, SiteError):
        return None  # none there, or not one that can be read


def _refuse_foreign_page(store: Destination, previous: Manifest | None) -> None:
    """Raise if the destination holds a web page that clipplot did not make."""
    if previous is None and store.exists(INDEX) and b'content="clipplot"' not in store.read_bytes(INDEX):
        raise PublishError(
            f"{store.url}/{INDEX}: a page that clipplot did not make; choose an empty folder with --out, "
            "or move that page away"
        )


class _Garbage:
    """What nothing names once the new build is published: noted before, deleted after."""

    def __init__(self, store: Destination, plan: SitePlan, moment: datetime) -> None:
        self.store, self.image_ids, self.moment = store, plan.image_ids, moment
        self.manifest = read_manifest(plan.manifest)
        self.noted: dict[str, datetime] = {}
        self.deleted = 0

    def note(self, previous: Manifest | None) -> None:
        """Note that the build published before is about to be an older one.

        Before the manifest is put: were it after, and the publisher killed in between, its files would have no grace.
        """
        since = read_since(self.store.read_bytes(GARBAGE)) if self.store.exists(GARBAGE) else {}
        self._put(retire_parts(since, previous, self.manifest, self.moment), since)

    def collect(self, grace: timedelta, pool: ThreadPoolExecutor) -> None:
        """Delete what has had its grace, and what no build that was published ever named."""
        young = keep_young(self.noted, self.moment, grace)
        try:
            garbage = find_garbage(self.store.list_sizes(), self.image_ids, self.manifest, young)
            list(pool.map(self.store.delete_all, self.store.batch(garbage)))
            self.deleted = len(garbage)
            self._put(young, self.noted)
        except RequestError as error:
            raise PublishError(
                f"{error}. The new site is in place, but files of older ones, perhaps of removed pictures, are still "
                "there; mend that and run `clipplot build` again"
            ) from error

    def _put(self, since: dict[str, datetime], before: dict[str, datetime]) -> None:
        self.noted = since
        if since:
            if since != before:
                self.store.put(GARBAGE, write_since(since), content_type(GARBAGE), NO_CACHE)
        elif self.store.exists(GARBAGE):
            self.store.delete(GARBAGE)


def _batches(items: Iterable[tuple[str, bytes]], size: int) -> Iterator[list[tuple[str, bytes]]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
