"""IIIF manifests and collections (Presentation API 2 and 3) as plain values.

Belongs here: what a document says. Does not belong here: fetching it (``iiif``), sizes of pictures (``iiif_image``).
Documents are of others: whatever is not as the specification has it is passed over, never trusted.
Sources: https://iiif.io/api/presentation/2.1/ and https://iiif.io/api/presentation/3.0/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clipplot_pipeline.sources.iiif_text import IiifText

#: Annotations and choices lie within one another no deeper than this.
_DEEPEST = 6
_SERVICES = ("image/2", "image/3", "image-api", "library.stanford.edu/iiif", "imageservice")


@dataclass(frozen=True, slots=True)
class ImageService:
    """A server that gives a picture in any size: its address and what the manifest tells of it."""

    id: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One picture of a manifest.

    Attributes
    ----------
    id : str
        Address that names the canvas; of the second picture of a canvas and any further ``/2`` … is added.
    label : str
        Of the canvas, as in ``fol. 3r``.
    url : str
        The picture itself, as the manifest has it.
    service : ImageService or None
        Gives the picture in other sizes.
    fields : mapping of str to list of str
        What the canvas says of itself.
    """

    id: str
    label: str
    url: str
    service: ImageService | None
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object: its name, its pictures in order, and what is said of it, by name of the field."""

    id: str
    canvases: tuple[Canvas, ...]
    fields: dict[str, list[str]]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """Addresses of manifests, collections and further pages of this one, in order."""

    id: str
    label: str
    members: tuple[str, ...]


def read_document(document: Any, url: str, text: IiifText) -> Manifest | Collection | None:
    """Return what a document is, None if it is neither a manifest nor a collection.

    Parameters
    ----------
    document : object
        Parsed JSON.
    url : str
        Where it lies; stands for its id where it has none.
    text : IiifText
        Reads words.
    """
    if not isinstance(document, dict):
        return None
    kind = str(document.get("type") or document.get("@type") or "").rpartition(":")[2]
    name = read_id(document) or url
    label = "; ".join(text.read(document.get("label")))
    if kind in {"Collection", "CollectionPage", "Layer"}:
        keys = ("items", "collections", "manifests", "members")
        members = [read_id(item) for key in keys for item in as_list(document.get(key))]
        pages = [read_id(document.get(key)) for key in ("first", "next")]
        found = dict.fromkeys(filter(None, (*members, *pages)))
        return Collection(name, label, tuple(found))
    if kind == "Manifest":
        return Manifest(name, tuple(_read_canvases(document, name, text)), text.read_fields(document), label)
    return None


def as_list(value: Any) -> list[Any]:
    """Return a value as a list: IIIF has one thing or several in the same places."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def read_id(value: Any) -> str:
    """Return the address that a thing is called by, or is; empty if it has none."""
    if isinstance(value, dict):
        value = value.get("id") or value.get("@id") or ""
    return value.strip() if isinstance(value, str) else ""


def _read_canvases(manifest: dict[str, Any], name: str, text: IiifText) -> Iterator[Canvas]:
    """Yield the pictures of a manifest: in Presentation 2 those of its first sequence, which holds all canvases."""
    sequences = [one for one in as_list(manifest.get("sequences")) if isinstance(one, dict)]
    canvases = as_list(sequences[0].get("canvases")) if sequences else as_list(manifest.get("items"))
    for number, canvas in enumerate(canvases, start=1):
        if not isinstance(canvas, dict):
            continue
        own = read_id(canvas) or f"{name}/canvas/{number}"
        label = "; ".join(text.read(canvas.get("label")))
        fields = text.read_pairs(canvas)
        for place, body in enumerate(_find_bodies(canvas), start=1):
            service = _find_service(body.get("service"))
            url = read_id(body)
            if url or service:
                yield Canvas(own if place == 1 else f"{own}/{place}", label, url, service, fields)


def _find_bodies(canvas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the pictures that are painted on a canvas."""
    for annotation in as_list(canvas.get("images")):  # Presentation 2
        if isinstance(annotation, dict):
            yield from _find_images(annotation.get("resource"), 0)
    for page in as_list(canvas.get("items")):  # Presentation 3
        for annotation in as_list(page.get("items")) if isinstance(page, dict) else []:
            if isinstance(annotation, dict) and annotation.get("motivation", "painting") == "painting":
                for body in as_list(annotation.get("body")):
                    yield from _find_images(body, 0)


def _find_images(body: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield a picture, that which a part of is shown, or the one that is shown first of several to choose among."""
    if not isinstance(body, dict) or depth > _DEEPEST:
        return
    kind = str(body.get("type") or body.get("@type") or "").rpartition(":")[2]
    if kind == "Choice":
        offered = [*as_list(body.get("default")), *as_list(body.get("items")), *as_list(body.get("item"))]
        for choice in offered:
            found = list(_find_images(choice, depth + 1))
            if found:
                yield found[0]
                return
    elif kind == "SpecificResource":
        for source in (body.get("full"), body.get("source")):
            yield from _find_images(source, depth + 1)
    elif kind in {"Image", ""}:
        yield body


def _find_service(services: Any) -> ImageService | None:
    """Return the first image service: others say who may look, or search."""
    for service in as_list(services):
        if not isinstance(service, dict) or not read_id(service):
            continue
        profile = next((p for p in as_list(service.get("profile")) if isinstance(p, str)), "")
        kind = str(service.get("type") or service.get("@type") or "")
        told = " ".join((str(service.get("@context") or ""), profile, kind)).casefold()
        if any(mark in told for mark in _SERVICES) or profile.startswith("level"):
            return ImageService(read_id(service).rstrip("/"), profile)
    return None
