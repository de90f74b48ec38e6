"""The words that are known of the images, ready to be counted.

Belongs here: reading fields, tokens of any script, stop words applied. Does not belong here: scores and names
(``naming``).
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.clusters.stopwords import STOP_WORDS
from clipplot_pipeline.model import Field

#: What a word of each kind of field is worth: people chose categories and tags to sort by.
WEIGHTS = {"category": 1.0, "tags": 0.8, "text": 0.4}
#: Names of fields that say whose the pictures are.
CREDITS = frozenset(
    {
        "attribution",
        "rights",
        "credit",
        "credits",
        "credit line",
        "credit_line",
        "copyright",
        "license",
        "licence",
    }
)
#: Longer categories and tags are sentences: their words are taken one by one.
LONGEST_TERM = 28
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_ELISION = re.compile(r"^(?:[cdjlmnstCDJLMNST]|qu|Qu|dell|all|nell|un|Dell|All|Nell|Un)['’]")


@dataclass(frozen=True, slots=True)
class Words:
    """Which image bears which term, each at most once an image.

    Attributes
    ----------
    terms : tuple of str
        As most often written, sorted by their folded form.
    weights : ndarray of float32, shape (len(terms),)
        Worth of a term: that of the best kind of field it comes from.
    rows, columns : ndarray of int64, shape (p,)
        Pairs of image and term, sorted, each once.
    count : int
        Number of images.
    """

    terms: tuple[str, ...]
    weights: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    count: int


def collect_words(fields: Sequence[Field], table: pa.Table) -> Words:
    """Gather the terms of all images from their fields.

    A category or tag is a term as a whole; of texts every word is one, without stop words and numbers. Numbers,
    dates, links and yes/no fields say nothing here, nor does whose the pictures are.

    Parameters
    ----------
    fields : sequence of Field
        Fields that the table lacks are passed over.
    table : pyarrow.Table
        In catalog order.
    """
    told = [f for f in fields if f.kind in WEIGHTS and f.name.casefold() not in CREDITS]
    columns = {f.name: table.column(f.name) for f in told if f.name in table.column_names}
    kinds = sorted((f for f in fields if f.name in columns), key=lambda f: -WEIGHTS[f.kind])
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    worth: dict[str, float] = {}
    bearers: dict[str, array[int]] = defaultdict(lambda: array("q"))
    for row, values in enumerate(zip(*(_iterate_values(columns[f.name]) for f in kinds), strict=True)):
        seen: set[str] = set()
        for field, texts in zip(kinds, values, strict=True):
            for term in dict.fromkeys(term for text in texts for term in _take_terms(text, field.kind)):
                key = fold_term(term)
                if key in seen:
                    continue
                # A description repeats the tags, word by word: what they say whole is not said again in parts.
                seen.update([key, *(fold_term(word) for word in split_words(term))])
                spellings[key][term] += 1
                worth[key] = max(worth.get(key, 0.0), WEIGHTS[field.kind])
                bearers[key].append(row)
    # A term that a single image bears can name no group.
    keys = sorted(key for key, rows in bearers.items() if len(rows) > 1)
    columns_found = np.repeat(np.arange(len(keys)), [len(bearers[key]) for key in keys])
    rows_found = np.fromiter((row for key in keys for row in bearers[key]), np.int64, len(columns_found))
    order = np.lexsort((columns_found, rows_found))
    return Words(
        terms=tuple(min(spellings[key].items(), key=lambda item: (-item[1], item[0]))[0] for key in keys),
        weights=np.array([worth[key] for key in keys], np.float32),
        rows=rows_found[order],
        columns=columns_found[order],
        count=table.num_rows,
    )


def fold_term(term: str) -> str:
    """Return a term as it is compared: without case, in one Unicode form, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", term).casefold().split())


def split_words(text: str) -> list[str]:
    """Return the words of a text that mean something: letters of any script, no numbers, no stop words.

    Where a script puts no blanks between words (Chinese, Japanese, Thai) pairs of letters stand for words.
    """
    words: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text)):
        word = _ELISION.sub("", match.group())
        if _UNSPACED.search(word):
            words.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)) if len(word) > 1)
        elif 2 < len(word) <= LONGEST_TERM and word.casefold() not in STOP_WORDS:
            words.append(word)
    return words


def _take_terms(value: str, kind: str) -> list[str]:
    clean = " ".join(value.split())
    if kind == "text" or len(clean) > LONGEST_TERM:
        return split_words(clean)
    return [clean] if any(c.isalpha() for c in clean) else []


def _iterate_values(column: pa.ChunkedArray) -> Iterable[tuple[str, ...]]:
    """Yield the texts of every row: several for a list, none for a blank."""
    for value in column:
        plain = value.as_py()
        if plain is None:
            yield ()
        elif isinstance(plain, list):
            yield tuple(str(part) for part in plain if part is not None)
        else:
            yield (str(plain),)
