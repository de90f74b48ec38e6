"""Checks of a site's guessed words.

Belongs here: that every file reads, and that rows and words agree. Each check yields problems as text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.concepts import LEVELS, MOST_SHOWN, WORDS_FILE, ConceptWords, decode_words
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.search_files import decode_postings, unpack
from clipplot_pipeline.site.word_blocks import number_blocks, read_block
from clipplot_pipeline.storage import Store


def name_concepts(manifest: Manifest) -> list[str]:
    """Return the path of every file of guessed words."""
    entry = manifest.concepts
    if entry is None:
        return []
    return [f"{entry.folder}/{name}" for name in (WORDS_FILE, *(f"{n}.bin" for n in range(entry.files)))]


def check_concepts(store: Store, manifest: Manifest, sample: int | None) -> Iterator[str]:
    """Yield what keeps guessed words from being found, and from being shown beside their images.

    Every posting is read; rows of all blocks of words are compared with them, or of three where a sample may do.
    """
    entry = manifest.concepts
    if entry is None:
        return
    path = f"{entry.folder}/{WORDS_FILE}"
    try:
        words = decode_words(store.read_bytes(path), path)
        if len(words.words) != entry.words or len(words.firsts) != entry.files:
            yield (
                f"{path}: {len(words.words)} words in {len(words.firsts)} files; expected {entry.words} in "
                f"{entry.files}"
            )
            return
        if sorted(set(words.firsts)) != list(words.firsts) or words.firsts[-1] >= len(words.words):
            yield f"{path}: files begin with the words {words.firsts[:9]}; expected them to rise"
            return
        said = _Said(store, manifest, sample)
        for number in range(entry.files):
            yield from _check_file(store, manifest, words, number, said)
        yield from said.tell(entry.folder)
    except SiteError as error:
        yield str(error)


class _Said:
    """Which words the rows say of their images: pairs of word and rank that must be in the postings.

    A pair is one number, the word in its upper half: memory stays at 8 bytes for each word that a row says.
    """

    def __init__(self, store: Store, manifest: Manifest, sample: int | None) -> None:
        said = array("q")
        self.wrong: list[str] = []
        self.missing: list[tuple[int, int]] = []
        most = manifest.concepts.words if manifest.concepts else 0
        for number in number_blocks(manifest, sample):
            path, block = read_block(store, manifest, number)
            for rank, row in enumerate(block.rows, block.first_rank):
                own = row.concepts
                if len(set(own)) != len(own) or len(own) > MOST_SHOWN or max(own, default=0) >= most:
                    self.wrong.append(
                        f"{path}: rank {rank} has the guessed words {own}; expected some of {most}, each once"
                    )
                said.extend(word << 32 | rank for word in own if word < most)
        self.pairs = np.frombuffer(said, np.int64) if said else np.zeros(0, np.int64)
        self.pairs.sort()

    def compare(self, word: int, ranks: NDArray[np.int64]) -> None:
        """Note a rank whose row says a word that does not find it."""
        first, last = np.searchsorted(self.pairs, [word << 32, (word + 1) << 32])
        own = self.pairs[first:last] & 0xFFFFFFFF
        missing = own[~np.isin(own, ranks)]
        if len(missing):
            self.missing.append((word, int(missing[0])))

    def tell(self, folder: str) -> Iterator[str]:
        """Yield what is wrong with rows, and what the postings of no word said."""
        yield from self.wrong
        for word, rank in self.missing:
            yield f"{folder}: word {word} does not find rank {rank}, whose row has it"


def _check_file(
    store: Store, manifest: Manifest, words: ConceptWords, number: int, said: _Said
) -> Iterator[str]:
    assert manifest.concepts is not None  # noqa: S101 - the caller has looked
    path = f"{manifest.concepts.folder}/{number}.bin"
    data = unpack(store.read_bytes(path), path)
    last = words.firsts[number + 1] if number + 1 < len(words.firsts) else len(words.words)
    place = range(words.firsts[number], last)
    if len(data) != sum(words.bytes[k] for k in place):
        yield f"{path}: {len(data)} bytes; expected {sum(words.bytes[k] for k in place)}, as {WORDS_FILE} says"
        return
    start = 0
    for word in place:
        part = data[start : start + words.bytes[word]]
        start += words.bytes[word]
        ranks, levels = decode_postings(part, f"{path}: {words.words[word]}")
        is_fine = (
            len(ranks) == words.counts[word] == len(np.unique(ranks)) and ranks.max() < manifest.image_count
        )
        if not is_fine or levels.min() < 1 or levels.max() > LEVELS:
            yield f"{path}: {words.words[word]!r} has {len(ranks)} ranks; expected {words.counts[word]} of the site"
        said.compare(word, ranks)
