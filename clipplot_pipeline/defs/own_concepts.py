"""The user's own list of words that pictures are compared with: its version, and its text.

Belongs here: finding and reading the file. Does not belong here: what its lines mean (``embeddings.vocabulary``).
"""

from __future__ import annotations

import fsspec

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.sources.locations import list_files
from clipplot_pipeline.storage import hash_json

#: A list of words is smaller.
MOST_BYTES = 4_000_000


def tag_own_concepts(url: str) -> str:
    """Return a tag that changes with the list; empty: there is none.

    Raises
    ------
    SettingsError
        If it is named, and there is no such file.
    """
    return hash_json(_find(url))[:16] if url else ""


def read_own_concepts(url: str) -> str:
    """Return the text of the list; empty where none is named.

    Raises
    ------
    SettingsError
        If it is no text in UTF-8, or larger than `MOST_BYTES`, or there is no such file.
    """
    if not url:
        return ""
    (place,) = _find(url)
    with fsspec.open(place, "rb") as file:
        data: bytes = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES or b"\0" in data:
        raise SettingsError(f"own_concepts: {url} is no list of words; expected plain text of at most 4 MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"own_concepts: {url} is not UTF-8 ({error}); save the list as UTF-8 text"
        ) from error


def _find(url: str) -> dict[str, str]:
    """Return the file that is named, itself or by its folder or a pattern, with its tag."""
    files = list_files(url, (".txt",))
    if len(files) != 1:
        raise SettingsError(
            f"own_concepts: {len(files)} files at {url}; expected one text file with words, or leave `own_concepts` "
            "empty to do without"
        )
    return files
