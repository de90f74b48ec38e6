"""Pictures behind addresses, opened as those of a shard: what was fetched waits until the shard is whole.

Belongs here: what IIIF and lists of addresses share. Does not belong here: which addresses (``iiif``, ``http_list``),
one request (``http_fetch``).

A picture that was fetched is kept until its shard is written, so that a run that was cut short goes on where it was;
then it goes, for the rendition is what stays. One that fails in passing, after all tries, is a reject for now: later
scans give it a new version, a few times, so that it is tried again.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from clipplot_pipeline.model import NoOriginalError, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.http_cache import FOLDER, Entry, HttpCache, hash_bytes, hash_url
from clipplot_pipeline.sources.http_fetch import Fetcher, FetchError
from clipplot_pipeline.storage import Store

#: What a server calls things that are no picture; a wrong name for a picture is none of these.
NOT_PICTURES = re.compile(
    r"text/|video/|audio/|application/(?:json|ld\+json|xml|xhtml\+xml|javascript|pdf|zip)|multipart/"
)
#: Key of a place that says why there is no picture.
FAILED = "failed"

#: Yields addresses of a picture, the best first, given its place.
Locate = Callable[[Mapping[str, Any]], Iterable[str]]


class WebStore:
    """What was fetched for a collection: documents, kept as long as the store, and pictures, kept for a while."""

    def __init__(self, settings: Settings) -> None:
        top = Store(settings.store).child(settings.slug, FOLDER)
        self.documents = HttpCache(top.child("documents"))
        self.pictures = HttpCache(top.child("pictures"))


def make_version(place: str, key: str, failures: Mapping[str, int]) -> str:
    """Return the version tag of a picture: it changes with its place, and after a failure that may have passed.

    Parameters
    ----------
    place : str
        All that its bytes depend on.
    key : str
        Address that its failures are counted under.
    failures : mapping of str to int
        See ``HttpCache.read_failures``.
    """
    tries = failures.get(hash_url(key), 0)
    return hash_bytes(place.encode())[:16] + (f"-{tries}" if tries else "")


@contextlib.contextmanager
def open_pictures(
    files: Sequence[SourceImage], fetcher: Fetcher, kept: WebStore, locate: Locate
) -> Iterator[Callable[[str], BinaryIO]]:
    """Hand over what opens the pictures of a shard; forget what was fetched for it once all is done."""
    opener = _Opener({file.path: file.place for file in files}, fetcher, kept, locate)
    try:
        yield opener
    finally:
        kept.documents.save()
    for url in opener.fetched:
        kept.pictures.delete(url)


class _Opener:
    """Opens pictures by path; threads may share it."""

    def __init__(self, places: Mapping[str, str], fetcher: Fetcher, kept: WebStore, locate: Locate) -> None:
        self._places = places
        self._fetcher, self._kept, self._locate = fetcher, kept, locate
        self.fetched: list[str] = []

    def __call__(self, path: str) -> BinaryIO:
        place = json.loads(self._places[path])
        if FAILED in place:
            raise NoOriginalError(place[FAILED])
        last: FetchError | None = None
        try:
            for url in self._locate(place):
                try:
                    return io.BytesIO(self._fetch(url))
                except FetchError as error:
                    if error.is_passing:
                        raise
                    last = last or error
        except FetchError as error:
            if error.is_passing:
                self._kept.pictures.note_failure(place["key"])
            raise NoOriginalError(str(error)) from error
        raise NoOriginalError(str(last or "no address of the picture is known")) from last

    def _fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        known = self._kept.pictures.read(url)
        if known:
            return known[1]
        answer = self._fetcher.get(url, accept="image/*,*/*;q=0.5", refuse=NOT_PICTURES)
        entry = Entry(url, answer.content_type, "", "", hash_bytes(answer.body))
        self._kept.pictures.write(entry, answer.body)
        return answer.body
