"""Reading the blocks of words of a published site.

Belongs here: where a block lies, which of them a sample takes. Does not belong here: writing them (``words``), what is
asked of them (``verify_data`` and its like).
"""

from __future__ import annotations

from collections.abc import Sequence

from clipplot_pipeline.site.format import count_blocks, words_path
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.parts import WordsFile, read_part
from clipplot_pipeline.storage import Store


def number_blocks(manifest: Manifest, sample: int | None = None) -> Sequence[int]:
    """Return the numbers of all blocks, rising; of a sample, of whatever size, the first, the middle and the last."""
    count = count_blocks(manifest.image_count)
    return range(count) if sample is None else sorted({0, count // 2, count - 1} & {*range(count)})


def read_block(store: Store, manifest: Manifest, number: int) -> tuple[str, WordsFile]:
    """Return the path of a block, and the block.

    Raises
    ------
    SiteError
        It is not what a block should be.
    """
    path = words_path(manifest.words.path, number)
    return path, read_part(WordsFile, store.read_bytes(path), path)
