"""Names of clusters, made of the collection's own words.

Belongs here: scores of terms and the choice of names. Does not belong here: reading the words (``words``).

Source: class-based TF-IDF (Grootendorst, "BERTopic", 2022), counted by images instead of by words: what matters of
a term is how many of a cluster's images bear it, and how rare it is among all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.words import Words, fold_term

#: Characters of a name, and terms in it.
LONGEST_NAME, MOST_TERMS = 28, 3
#: A term must be borne by this share of a cluster's images, and by so many times the share of all images.
LEAST_SHARE, LEAST_LIFT = 0.12, 1.3
#: A further term joins if its score is this share of the best one's.
JOINS_AT = 0.5
#: Terms borne by mostly the same images say the same twice.
SAME_IMAGES = 0.6
#: Terms per cluster that are looked at.
_CANDIDATES = 24
#: What is left of a term's score if a cluster that holds this one is named by it.
_ANCESTOR_SHARE = 0.25


def name_levels(levels: Sequence[NDArray[np.int32]], words: Words | None) -> list[tuple[str, ...]]:
    """Name the clusters of all levels, coarse to fine.

    Parameters
    ----------
    levels : sequence of ndarray of int32, shape (n,)
        Cluster of every image, -1: none; a level's clusters lie within those of the level before.
    words : Words or None

    Returns
    -------
    list of tuple of str
        One to three terms, at most ``LONGEST_NAME`` characters. Unique within a level, and other than the name of
        the cluster around it; empty where no words are known.
    """
    names: list[tuple[str, ...]] = []
    for depth, cluster in enumerate(levels):
        count = int(cluster.max(initial=-1)) + 1
        if words is None or not len(words.terms):
            names.append(("",) * count)
            continue
        above = [(_find_parents(cluster, levels[upper], count), names[upper]) for upper in range(depth)]
        names.append(_name_level(cluster, count, words, above))
    return names


def _find_parents(cluster: NDArray[np.int32], outer: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Return for every cluster the one of the outer level that it lies in, or -1."""
    parents = np.full(count, -1, np.int32)
    parents[cluster[cluster >= 0]] = outer[cluster >= 0]
    return parents


def _name_level(
    cluster: NDArray[np.int32],
    count: int,
    words: Words,
    above: Sequence[tuple[NDArray[np.int32], tuple[str, ...]]],
) -> tuple[str, ...]:
    described = np.zeros(words.count, bool)  # images without any words neither speak for nor against a name
    described[words.rows] = True
    sizes = np.bincount(cluster[(cluster >= 0) & described], minlength=count)
    overall = np.bincount(words.columns, minlength=len(words.terms)) / max(int(described.sum()), 1)
    inside = cluster[words.rows] >= 0
    of_pair, term_of_pair = cluster[words.rows[inside]], words.columns[inside]
    order = np.argsort(of_pair, kind="stable")
    bounds = np.searchsorted(of_pair[order], np.arange(count + 1))
    names = [""] * count
    taken: set[str] = set()
    for number in range(count):  # largest first: they have the first pick
        pairs = order[bounds[number] : bounds[number + 1]]
        used = [names_above[parents[number]] for parents, names_above in above if parents[number] >= 0]
        candidates = _score_terms(term_of_pair[pairs], int(sizes[number]), overall, words, used)
        bearers = {
            term: set(words.rows[inside][pairs[term_of_pair[pairs] == term]].tolist())
            for term, _ in candidates
        }
        name = _compose(
            [(words.terms[t], s, bearers[t]) for t, s in candidates], taken | set(map(fold_term, used))
        )
        names[number] = name
        taken.add(fold_term(name))
    return tuple(names)


def _score_terms(
    terms: NDArray[np.int64], size: int, overall: NDArray[np.float64], words: Words, used: Sequence[str]
) -> list[tuple[int, float]]:
    """Return the best terms of a cluster with their scores, best first."""
    found, counts = np.unique(terms, return_counts=True)
    share = counts / max(size, 1)
    lift = share / overall[found]
    score = share * np.log(np.maximum(lift, 1)) * np.sqrt(words.weights[found])
    is_fit = (share >= LEAST_SHARE) & (lift >= LEAST_LIFT) & (counts > 1)
    spent = {fold_term(term) for name in used for term in (name, *name.split(", "))}
    for position in np.flatnonzero(is_fit):
        if fold_term(words.terms[found[position]]) in spent:
            score[position] *= _ANCESTOR_SHARE
    best = [int(p) for p in np.lexsort((found, -score)) if is_fit[p]]
    return [(int(found[p]), float(score[p])) for p in best[:_CANDIDATES]]


def _compose(candidates: Sequence[tuple[str, float, set[int]]], taken: set[str]) -> str:
    """Return the best name that is not taken: one term and what else belongs to it, else more terms, else none."""
    usable = [c for c in candidates if len(c[0]) <= LONGEST_NAME]
    for first, (term, score, bearers) in enumerate(usable):
        parts, seen = [term], [bearers]
        name = term
        for other, other_score, other_bearers in usable[first + 1 :]:
            is_needed = fold_term(name) in taken
            longer = ", ".join([*parts, other])
            if len(parts) == MOST_TERMS or (other_score < JOINS_AT * score and not is_needed):
                break
            if len(longer) > LONGEST_NAME or "," in term or "," in other:
                continue
            if any(_say_the_same(other, other_bearers, p, s) for p, s in zip(parts, seen, strict=True)):
                continue
            parts.append(other)
            seen.append(other_bearers)
            name = longer
        if fold_term(name) not in taken:
            return name
    return ""


def _say_the_same(term: str, bearers: set[int], other: str, other_bearers: set[int]) -> bool:
    """Tell whether two terms mean one thing: alike in letters, or borne by nearly the same images."""
    stems = [
        {word[: max(4, math.ceil(len(word) * 0.7))] for word in fold_term(t).split()} for t in (term, other)
    ]
    if stems[0] & stems[1]:
        return True
    union = len(bearers | other_bearers)
    return union > 0 and len(bearers & other_bearers) / union > SAME_IMAGES
