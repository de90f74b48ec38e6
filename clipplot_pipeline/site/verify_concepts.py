"""Checks of a site's guessed words.

Belongs here: that every file reads, and that rows and words agree. Each check yields problems as text.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.concepts import LEVELS, MOST_SHOWN, WORDS_FILE, ConceptWords, decode_words
from clipplot_pipeline.site.format import count_blocks, words_path
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.parts import WordsFile, read_part
from clipplot_pipeline.site.search_files import decode_postings, unpack
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
        yield from said.tell_missing(entry.folder)
    except SiteError as error:
        yield str(error)


class _Said:
    """Which words the rows say of their images: pairs of rank and word that must be in the postings."""

    def __init__(self, store: Store, manifest: Manifest, sample: int | None) -> None:
        self.ranks_of: dict[int, set[int]] = {}
        self.wrong: list[str] = []
        blocks = range(count_blocks(manifest.image_count))
        some = blocks if sample is None else sorted({0, len(blocks) // 2, len(blocks) - 1} & {*blocks})
        most = manifest.concepts.words if manifest.concepts else 0
        for number in some:
            path = words_path(manifest.words.path, number)
            block = read_part(WordsFile, store.read_bytes(path), path)
            for rank, row in enumerate(block.rows, block.first_rank):
                own = row.concepts
                if len(set(own)) != len(own) or len(own) > MOST_SHOWN or max(own, default=0) >= most:
                    self.wrong.append(
                        f"{path}: rank {rank} has the guessed words {own}; expected some of {most}, each once"
                    )
                for word in own:
                    self.ranks_of.setdefault(word, set()).add(rank)

    def take(self, word: int, ranks: list[int]) -> None:
        """Cross out what the postings of a word say."""
        self.ranks_of.get(word, set()).difference_update(ranks)

    def tell_missing(self, folder: str) -> Iterator[str]:
        """Yield what is wrong with rows, and what the postings of no word said."""
        yield from self.wrong
        for word, ranks in sorted(self.ranks_of.items()):
            if ranks:
                yield f"{folder}: word {word} does not find rank {min(ranks)}, whose row has it"


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
        said.take(word, ranks.tolist())
