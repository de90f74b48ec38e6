"""Names of clusters, made of the collection's own words.

Belongs here: scores of terms and the choice of names. Does not belong here: reading the words (``words``).

Source: class-based TF-IDF (Grootendorst, "BERTopic", 2022), counted by images instead of by words: what matters of
a term is how many of a cluster's images bear it, and how rare it is among all others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.words import Words, fold_term

#: Characters of a name, and terms in it.
LONGEST_NAME, MOST_TERMS = 28, 3
#: A term must be borne by this share of a cluster's images, and by so many times the share of all images.
LEAST_SHARE, LEAST_SHARE_OF_TEXT, LEAST_LIFT = 0.15, 0.3, 1.3
#: A further term joins if its score is this share of the best one's.
JOINS_AT = 0.6
#: Terms borne by mostly the same images say the same twice.
SAME_IMAGES = 0.6
#: A term is within another if this share of its images bear the other too.
WITHIN = 0.9
#: Terms per cluster that are looked at.
_CANDIDATES = 24
#: A cluster that holds this share of the one around it is the same cluster.
SAME_CLUSTER = 0.75
#: How much more it counts that many images bear a term than that few others do.
SHARE_POWER = 1.5
#: What is left of a term's score if a cluster around this one is named by it.
_SPENT = 0.2


def name_levels(
    levels: Sequence[NDArray[np.int32]],
    words: Words | None,
    fixed: Sequence[Mapping[int, str]] | None = None,
) -> list[tuple[str, ...]]:
    """Name the clusters of all levels, coarse to fine.

    Parameters
    ----------
    levels : sequence of ndarray of int32, shape (n,)
        Cluster of every image, -1: none; a level's clusters lie within those of the level before.
    words : Words or None
    fixed : sequence of mapping of int to str, optional
        For every level names that stand already, by the number of the cluster.

    Returns
    -------
    list of tuple of str
        One to three terms, at most ``LONGEST_NAME`` characters. Unique within a level, and other than the names of
        the clusters around it unless it is the same cluster still; empty where no words are known.
    """
    given = fixed if fixed is not None else [{} for _ in levels]
    if words is None or not len(words.terms):
        return [
            tuple(called.get(number, "") for number in range(int(cluster.max(initial=-1)) + 1))
            for cluster, called in zip(levels, given, strict=True)
        ]
    bearers = _Bearers(_split(words.rows, words.columns, len(words.terms)))
    names: list[tuple[str, ...]] = []
    for depth, cluster in enumerate(levels):
        above = [_Ancestors.find(cluster, levels[upper], names[upper]) for upper in reversed(range(depth))]
        names.append(_name_level(cluster, words, bearers, above, given[depth]))
    return names


class _Bearers:
    """Which images bear a term, and how many bear two."""

    def __init__(self, rows: list[NDArray[np.int64]]) -> None:
        self._rows = rows
        self._common: dict[tuple[int, int], int] = {}
        self.counts = np.array([len(bearing) for bearing in rows])

    def count_common(self, term: int, other: int) -> int:
        """Return how many images bear both."""
        pair = (min(term, other), max(term, other))
        if pair not in self._common:
            both = np.intersect1d(self._rows[term], self._rows[other], assume_unique=True)
            self._common[pair] = len(both)
        return self._common[pair]


@dataclass(frozen=True, slots=True)
class _Ancestors:
    """For every cluster the one of a coarser level that it lies in (or -1), and its share of that one."""

    parents: NDArray[np.int32]
    share: NDArray[np.float64]
    names: tuple[str, ...]

    @classmethod
    def find(cls, cluster: NDArray[np.int32], outer: NDArray[np.int32], names: tuple[str, ...]) -> _Ancestors:
        inside = cluster >= 0
        sizes, outer_sizes = np.bincount(cluster[inside]), np.bincount(outer[outer >= 0], minlength=1)
        parents = np.full(len(sizes), -1, np.int32)
        parents[cluster[inside]] = outer[inside]
        return cls(parents, np.where(parents >= 0, sizes / outer_sizes[parents], 0.0), names)


def _name_level(
    cluster: NDArray[np.int32],
    words: Words,
    bearers: _Bearers,
    above: Sequence[_Ancestors],
    fixed: Mapping[int, str],
) -> tuple[str, ...]:
    """Name the clusters of a level; ``above`` are the coarser levels, nearest first."""
    count = int(cluster.max(initial=-1)) + 1
    described = np.zeros(words.count, bool)  # images without any words neither speak for nor against a name
    described[words.rows] = True
    sizes = np.bincount(cluster[(cluster >= 0) & described], minlength=count)
    overall = bearers.counts / max(int(described.sum()), 1)
    terms_of = _split(words.columns, cluster[words.rows], count)
    names = [fixed.get(number, "") for number in range(count)]
    # What is left of a coarser cluster nearly whole is the same cluster still, and keeps its name.
    taken = {_fold_name(name) for name in names if name}
    for number in range(count) if above else ():
        parent = above[0].parents[number]
        is_same = parent >= 0 and above[0].share[number] >= SAME_CLUSTER
        if is_same and not names[number] and _fold_name(above[0].names[parent]) not in taken:
            names[number] = above[0].names[parent]
    taken |= {_fold_name(name) for name in names if name}
    for number in range(count):  # largest first: they have the first pick
        if names[number]:
            continue
        used = [a.names[a.parents[number]] for a in above if a.parents[number] >= 0]
        not_free = taken | {_fold_name(name) for name in used}
        for leniency in (1.0, 0.5):  # a rare word says more than none
            candidates = _score_terms(terms_of[number], int(sizes[number]), overall, words, leniency)
            candidates = _set_back(candidates, used, words, bearers)
            names[number] = _compose(candidates, words, bearers, not_free)
            if names[number]:
                taken.add(_fold_name(names[number]))
                break
    return tuple(names)


def _fold_name(name: str) -> frozenset[str]:
    """Return the terms of a name: two names of the same terms are one, whatever their order."""
    return frozenset(fold_term(part) for part in name.split(", "))


def _split(
    values: NDArray[np.int64], groups: NDArray[np.integer[Any]], count: int
) -> list[NDArray[np.int64]]:
    """Return the values of each group 0 … count-1; those of group -1 are left out."""
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(count + 1))
    return [values[order[bounds[k] : bounds[k + 1]]] for k in range(count)]


def _score_terms(
    terms: NDArray[np.int64], size: int, overall: NDArray[np.float64], words: Words, leniency: float
) -> list[tuple[int, float]]:
    """Return the best terms of a cluster with their scores, best first."""
    found, counts = np.unique(terms, return_counts=True)
    share = counts / max(size, 1)
    lift = share / overall[found]
    score = share**SHARE_POWER * np.log(np.maximum(lift, 1)) * words.weights[found]
    # A word of a description has to be more common than one chosen to sort by: most are said in passing.
    least = np.where(words.weights[found] < 0.5, LEAST_SHARE_OF_TEXT, LEAST_SHARE) * leniency
    is_fit = (share >= least) & (lift >= 1 + (LEAST_LIFT - 1) * leniency) & (counts > 1)
    best = [int(p) for p in np.lexsort((found, -score)) if is_fit[p]]
    return [(int(found[p]), float(score[p])) for p in best[:_CANDIDATES]]


def _set_back(
    candidates: Sequence[tuple[int, float]],
    used: Sequence[str],
    words: Words,
    bearers: _Bearers,
) -> list[tuple[int, float]]:
    """Return the candidates with those set back that say what the clusters around are already called."""
    parts = {fold_term(part) for name in used for part in (name, *name.split(", "))}
    spent = [number for number, term in enumerate(words.terms) if fold_term(term) in parts]
    set_back = [
        (term, score * (_SPENT if any(_say_the_same(term, s, words, bearers) for s in spent) else 1.0))
        for term, score in candidates
    ]
    return sorted(set_back, key=lambda candidate: (-candidate[1], candidate[0]))


def _compose(
    candidates: Sequence[tuple[int, float]],
    words: Words,
    bearers: _Bearers,
    taken: set[frozenset[str]],
) -> str:
    """Return the best name that is not taken: one term and what else belongs to it, else more terms, else none."""
    usable = [(term, score) for term, score in candidates if len(words.terms[term]) <= LONGEST_NAME]
    for first, (term, score) in enumerate(usable):
        parts = [term]
        name = words.terms[term]
        for other, other_score in usable[first + 1 :]:
            is_needed = _fold_name(name) in taken
            if len(parts) == MOST_TERMS or (other_score < JOINS_AT * score and not is_needed):
                break
            longer = ", ".join(words.terms[part] for part in [*parts, other])
            # A comma within a term, as in "Heiges, Bertha", would make the name unreadable.
            is_clear = "," not in words.terms[term] and "," not in words.terms[other]
            if len(longer) > LONGEST_NAME or not is_clear:
                continue
            if any(_say_the_same(other, part, words, bearers) for part in parts):
                continue
            if not is_needed and any(_is_within(other, part, bearers) for part in parts):
                continue
            parts.append(other)
            name = longer
        if _fold_name(name) not in taken:
            return name
    return ""


def _say_the_same(term: int, other: int, words: Words, bearers: _Bearers) -> bool:
    """Tell whether two terms mean one thing: alike in letters, or borne by nearly the same images."""
    stems = [
        {word[: max(4, math.ceil(len(word) * 0.7))] for word in fold_term(words.terms[t]).split()}
        for t in (term, other)
    ]
    if stems[0] & stems[1]:
        return True
    both = bearers.count_common(term, other)
    return bool(both > SAME_IMAGES * (bearers.counts[term] + bearers.counts[other] - both))


def _is_within(term: int, other: int, bearers: _Bearers) -> bool:
    """Tell whether one of two terms is nearly always borne together with the other, as a fruit's name and "fruit"."""
    both = bearers.count_common(term, other)
    return bool(both > WITHIN * min(bearers.counts[term], bearers.counts[other]))
