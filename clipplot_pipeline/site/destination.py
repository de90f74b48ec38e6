"""Reading and writing the place where a site is published: any fsspec URL.

Belongs here: listing with sizes, and putting a file with its headers. Does not belong here: order of publishing.
"""

from __future__ import annotations

from typing import Any

from clipplot_pipeline.storage import Store


def list_sizes(store: Store, folder: str = "") -> dict[str, int]:
    """Return the size of every file below a folder, by its path relative to the store; empty if it is absent."""
    top = store.locate(folder) if folder else store.root
    store.fs.invalidate_cache(top)
    if not store.fs.exists(top):
        return {}
    cut = len(store.root) + 1
    found = store.fs.find(top, detail=True)
    return {str(name)[cut:]: int(entry["size"] or 0) for name, entry in found.items()}


def put_file(store: Store, path: str, data: bytes, content_type: str, cache_control: str) -> None:
    """Write a file, whole or not at all, with its headers where the backend keeps some."""
    headers = describe_headers(store.fs.protocol, content_type, cache_control)
    if not headers:
        store.write_bytes(path, data)
        return
    store.fs.pipe_file(store.locate(path), data, **headers)


def describe_headers(
    protocol: str | tuple[str, ...], content_type: str, cache_control: str
) -> dict[str, Any]:
    """Return the arguments that make an fsspec backend keep Content-Type and Cache-Control."""
    protocols = {protocol} if isinstance(protocol, str) else set(protocol)
    if protocols & {"s3", "s3a"}:
        return {"ContentType": content_type, "CacheControl": cache_control}
    if protocols & {"gs", "gcs"}:
        return {"content_type": content_type, "fixed_key_metadata": {"cache_control": cache_control}}
    return {}
