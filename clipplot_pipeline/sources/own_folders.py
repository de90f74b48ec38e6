"""What clipplot itself writes inside a source: its pictures are not the collection's, and make it no other kind.

Belongs here: which folders these are. Does not belong here: what lies in them (``site``, ``ledger``).
"""

from __future__ import annotations

import glob
from pathlib import Path

from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.folder import split_pattern


def find_own_folders(settings: Settings) -> frozenset[Path]:
    """Return the folders on this disk that clipplot writes, absolute, whether they are there yet or not."""
    return frozenset(_locate(url) for url in (settings.site, settings.store) if "://" not in url)


def make_patterns(settings: Settings) -> list[str]:
    """Return what clipplot writes inside the source as patterns of paths in it, see ``names.is_excluded``."""
    if "://" in settings.source:
        return []
    source = _locate(split_pattern(settings.source)[0])
    inside = sorted(path for path in find_own_folders(settings) if source in path.parents)
    return [f"{glob.escape(path.relative_to(source).as_posix())}/*" for path in inside]


def _locate(path: str) -> Path:
    return Path(path).expanduser().absolute()
