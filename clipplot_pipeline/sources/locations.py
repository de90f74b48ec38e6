"""What an entry of the settings names: a file, a folder or a pattern, on a local disk or behind any fsspec URL.

Belongs here: finding input files and the tags that change with them. Does not belong here: what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.storage import hash_json

#: What stands for several files in a pattern.
WILDCARDS = "*?["
_MARKS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified")


def list_files(entry: str, endings: Sequence[str], is_deep: bool = True) -> dict[str, str]:
    """Return the files that an entry names with their version tags, sorted by address.

    Parameters
    ----------
    entry : str
        A file; a folder, of which all files with one of ``endings`` below it count, hidden ones apart; or a pattern
        with ``*``, ``?`` or ``**``. A file whose name has such characters is itself.
    endings : sequence of str
        In lower case, with their dot.
    is_deep : bool
        Whether folders in a folder count.

    Returns
    -------
    dict of str to str
        Empty where a folder or a pattern holds none, or there is no such file. The tag changes when the file does.

    Raises
    ------
    SourceError
        The address cannot be reached.
    """
    try:
        fs, path = fsspec.core.url_to_fs(entry)
        if fs.isfile(path):
            found = {path: fs.info(path)}
        elif fs.isdir(path):
            found = fs.find(path, maxdepth=None if is_deep else 1, detail=True)
            cut = len(path.rstrip("/")) + 1
            found = {where: info for where, info in found.items() if _is_wanted(where[cut:], endings)}
        elif any(mark in path for mark in WILDCARDS):
            found = {w: i for w, i in fs.glob(path, detail=True).items() if i.get("type") != "directory"}
        else:
            found = {}
    except ImportError as error:
        raise SourceError(f"{entry}: a package to reach it is missing ({error})") from error
    except Exception as error:  # every store's client raises errors of its own
        raise SourceError(
            f"{entry}: it cannot be reached ({error}); check the address and the credentials"
        ) from error
    named = {_name(entry, fs, where): info for where, info in found.items()}
    return {url: _tag(url, named[url]) for url in sorted(named)}


def split_name(url: str) -> tuple[str, str]:
    """Return the address of a file's folder, and its last name."""
    first, chain, rest = url.partition("::")
    folder, _, name = first.replace("\\", "/").rpartition("/")
    return folder + chain + rest, name


def name_stems(urls: Sequence[str]) -> dict[str, str]:
    """Return what stands for each file in the paths of what is in it.

    It is the name without ending, and above it the folders that not all files share.
    """
    parts = {url: "/".join(split_name(url)).split("/") for url in urls}
    shared = 0
    while len({tuple(names[: shared + 1]) for names in parts.values()}) == 1 and all(
        len(names) > shared + 1 for names in parts.values()
    ):
        shared += 1
    return {url: "/".join(names[shared:]).rpartition(".")[0] for url, names in parts.items()}


def base_name(url: str) -> str:
    """Return the last name of an address: what may be shown of it without telling where it lies."""
    return PurePosixPath(url.partition("::")[0].replace("\\", "/").rstrip("/")).name or url


def identify(url: str) -> str:
    """Return what tells a file in a tag: of one on this machine the name, for what a folder is called is no matter."""
    return url if "://" in url else base_name(url)


def join_url(folder: str, path: str) -> str:
    """Return the address of a file in a folder, also within an archive (``zip://::a.zip``)."""
    first, chain, rest = folder.partition("::")
    return f"{first if first.endswith('://') else first.rstrip('/') + '/'}{path}{chain}{rest}"


def _is_wanted(path: str, endings: Sequence[str]) -> bool:
    is_hidden = any(part.startswith(".") for part in path.split("/"))
    return not is_hidden and path.lower().endswith(tuple(endings))


def _name(entry: str, fs: Any, where: str) -> str:
    """Return the address of a file that was found by way of an entry."""
    if isinstance(fs, LocalFileSystem):
        return where
    first, chain, rest = entry.partition("::")
    protocol = first.partition("://")[0] if "://" in first else ""
    return f"{protocol}://{where.lstrip('/')}::{rest}" if chain else str(fs.unstrip_protocol(where))


def _tag(url: str, info: Mapping[str, Any]) -> str:
    marks = [str(info[mark]) for mark in _MARKS if mark in info]
    return hash_json([identify(url), info.get("size"), *marks])[:16]
