"""Limits of hosts for static sites: told when a site passes them, never enforced.

Belongs here: the numbers, and one sentence for each. Does not belong here: counting (``publish``).
"""

from __future__ import annotations

from collections.abc import Mapping

#: Of one site on GitHub Pages. Unit: bytes.
GITHUB_PAGES_BYTES = 1_000_000_000
#: Of one file in a repository on GitHub. Unit: bytes.
GITHUB_FILE_BYTES = 100 * 2**20
#: Of one site on Cloudflare Pages, in the free plan.
CLOUDFLARE_PAGES_FILES = 20_000
#: Of one file on Cloudflare Pages. Unit: bytes.
CLOUDFLARE_FILE_BYTES = 25 * 2**20

_ADVICE = "an object store (S3, R2) or a server of your own has no such limit: docs/guides/hosting.md"


def find_passed_limits(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Return a sentence for each limit that a folder passes.

    Parameters
    ----------
    sizes : mapping of str to int
        Size of every file by its path. Unit: bytes.
    """
    total, largest = sum(sizes.values()), max(sizes.values(), default=0)
    found = []
    if total > GITHUB_PAGES_BYTES:
        found.append(f"the site has {total / 1e9:.2f} GB; GitHub Pages publishes at most 1 GB")
    if len(sizes) > CLOUDFLARE_PAGES_FILES:
        found.append(
            f"the site has {len(sizes):,} files; Cloudflare Pages takes {CLOUDFLARE_PAGES_FILES:,} in its free plan, "
            "and copying them elsewhere one by one takes long"
        )
    if largest > CLOUDFLARE_FILE_BYTES:
        name = max(sizes, key=lambda path: (sizes[path], path))
        host = "GitHub takes 100" if largest > GITHUB_FILE_BYTES else "Cloudflare Pages takes 25"
        found.append(f"{name} has {largest / 2**20:.0f} MiB; {host} MiB a file")
    return tuple(f"{sentence}; {_ADVICE}" for sentence in found)
