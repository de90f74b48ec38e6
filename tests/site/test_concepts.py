"""Guessed words in a site: they are found, shown and checked, and without them nothing is different."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Concepts, no_concepts
from clipplot_pipeline.site import concepts as files
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.concepts import WORDS_FILE, decode_words, plan_concepts
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.search_files import decode_postings, pack, unpack
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

WORDS = ("heron", "harbour", "unused", "sailing ship", "woodcut")
HEADINGS = ("birds", "places", "places", "ships", "kinds of picture")


def make_concepts(count):
    """Every image has two or three words; nobody has the third of the list."""
    best = np.array([[(0, 1, -1), (3, 0, 4), (4, 3, -1)][k % 3] for k in range(count)], np.int32).reshape(
        -1, 3
    )
    scores = np.where(
        best >= 0, np.linspace(0.3, 0.1, max(count, 1))[:count, None] - np.arange(3) * 0.01, np.nan
    )
    return Concepts(
        WORDS, HEADINGS, best.reshape(-1, 3), scores.reshape(-1, 3).astype(np.float32), model="M <1>"
    )


def read_all(planned):
    """Return for each word its ranks, the best first, as a reader finds them."""
    by_name = dict(planned.files)
    words = decode_words(by_name[WORDS_FILE])
    found = {}
    for number, first in enumerate(words.firsts):
        data = unpack(by_name[f"{number}.bin"], "postings")
        for k in range(
            first, words.firsts[number + 1] if number + 1 < len(words.firsts) else len(words.words)
        ):
            ranks, levels = decode_postings(data[: words.bytes[k]])
            data = data[words.bytes[k] :]
            found[words.words[k]] = ranks[np.lexsort((ranks, -levels))].tolist()
        assert not data
    return found


@pytest.mark.parametrize("postings", [1, 7, 10_000])
@given(seed=st.integers(0, 999), count=st.integers(1, 30))
def test_every_word_finds_its_images_the_best_first(postings, seed, count):
    concepts = make_concepts(count)
    ranks = np.random.default_rng(seed).permutation(count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "FILE_POSTINGS", postings)
        planned = plan_concepts(concepts, ranks)
    found = read_all(planned)
    assert "unused" not in found
    rank_of_row = np.argsort(ranks)
    for word, got in found.items():
        number = WORDS.index(word)
        rows = np.flatnonzero((concepts.best == number).any(axis=1))
        assert sorted(got) == sorted(rank_of_row[rows].tolist())
        fit = [float(concepts.scores[ranks[r]][concepts.best[ranks[r]] == number][0]) for r in got]
        step = 0.25 / files.LEVELS
        assert all(a >= b - step for a, b in pairwise(fit))
    in_use = list(found)
    for row in range(count):
        told = [in_use[k] for k in planned.shown[row] if k >= 0]
        assert told == [WORDS[k] for k in concepts.best[row] if k >= 0]


def test_nothing_is_planned_where_nothing_is_guessed():
    assert plan_concepts(None, np.arange(3)) is None
    assert plan_concepts(no_concepts(3, "knows no words"), np.arange(3)) is None
    assert plan_concepts(make_concepts(0), np.arange(0)) is None


def test_a_site_without_guessed_words_says_nothing_of_them(plan, collection, viewer):
    empty = replace(collection.content, concepts=no_concepts(40, "the embedder knows no words"))
    again = build_site(empty, viewer)
    assert again.manifest == plan.manifest
    assert "concepts" not in plan.manifest
    about = next(file for file in plan.files if file.path.endswith("about.html")).read().decode()
    assert "Guessed words" not in about


@pytest.fixture(scope="module")
def guessed(tmp_path_factory, collection, viewer):
    """The folder of a site with guessed words."""
    folder = tmp_path_factory.mktemp("guessed")
    content = replace(collection.content, concepts=make_concepts(40))
    publish(build_site(content, viewer), str(folder), collection.details)
    return Store(str(folder))


def test_a_site_with_guessed_words_is_whole_and_says_who_guessed(guessed):
    assert verify_site(guessed.url).problems == ()
    manifest = json.loads(guessed.read_bytes("manifest.json"))
    assert manifest["concepts"] == {
        "folder": manifest["concepts"]["folder"],
        "words": 4,
        "files": 1,
        "model": "M <1>",
    }
    about = guessed.read_bytes(manifest["about"]).decode()
    assert "Nobody wrote them: the model <strong>M &lt;1&gt;</strong>" in about
    table = pq.read_table(guessed.open_read("images.parquet"))
    assert table["guessed_words"].to_pylist()[:2] == [
        ["heron", "harbour"],
        ["sailing ship", "heron", "woodcut"],
    ]


def change(store, path, data):
    before = store.read_bytes(path)
    store.write_bytes(path, data)
    try:
        return "\n".join(verify_site(store.url).problems)
    finally:
        store.write_bytes(path, before)


def test_the_verifier_finds_what_is_wrong(guessed):
    manifest = json.loads(guessed.read_bytes("manifest.json"))
    folder = manifest["concepts"]["folder"]
    names, postings = f"{folder}/{WORDS_FILE}", f"{folder}/0.bin"
    raw = unpack(guessed.read_bytes(postings), "")
    assert "is no list" in change(guessed, names, b"[]") or "not gzip" in change(guessed, names, b"[]")
    assert "publish the site again" in change(guessed, names, pack(b'{"words": ["a"]}'))
    assert "as words.bin says" in change(guessed, postings, pack(raw[:-1]))
    swapped = bytearray(raw)
    swapped[0] = 64  # a level beyond the highest
    assert "of the site" in change(guessed, postings, pack(bytes(swapped)))
    block = manifest["words"]["path"].replace("{n}", "0")
    rows = json.loads(guessed.read_bytes(block))
    rows["rows"][3]["concepts"] = [0, 1, 2, 3]
    assert "does not find rank 3" in change(guessed, block, json.dumps(rows).encode())
    rows["rows"][3]["concepts"] = [7]
    assert "rank 3 has the guessed words [7]" in change(guessed, block, json.dumps(rows).encode())


def test_lists_of_words_that_do_not_fit_are_refused():
    with pytest.raises(SiteError, match="parts of"):
        decode_words(
            pack(
                b'{"headings":["h"],"words":["a","b"],"heading":[0,0],"counts":[1],"bytes":[3],"firsts":[0]}'
            )
        )
