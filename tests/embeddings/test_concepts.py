"""Words and pictures: known vectors give the right words, whatever else there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.embeddings import concepts as scoring
from clipplot_pipeline.embeddings.concepts import score_concepts
from clipplot_pipeline.embeddings.texts import embed_concepts
from clipplot_pipeline.embeddings.vocabulary import Concept, compose_vocabulary, read_packaged
from clipplot_pipeline.errors import EmbedderError, SettingsError

WORDS, PER_WORD, DIM = 24, 6, 32


def unit(rows: np.ndarray) -> np.ndarray:
    vectors: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def make_oracle(hub: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vectors of pictures and words, and the word of each picture.

    As in CLIP either side has a direction of its own; with ``hub`` the last word is near to all pictures.
    """
    rng = np.random.default_rng(5)
    meaning = np.eye(WORDS, DIM)
    truth = np.repeat(np.arange(WORDS - 1), PER_WORD)
    of_pictures, of_words = np.zeros(DIM), np.zeros(DIM)
    of_pictures[-1], of_words[-2] = 2.0, 2.0
    vectors = unit(meaning[truth] + of_pictures + rng.normal(0, 0.05, (len(truth), DIM)))
    texts = meaning + of_words
    texts[-1] += hub * of_pictures
    return vectors, unit(texts), truth


@pytest.mark.parametrize("hub", [0.0, 0.4])
def test_each_picture_gets_its_word_even_if_another_is_near_to_all(hub: float) -> None:
    vectors, texts, truth = make_oracle(hub)
    if hub:
        assert ((vectors @ texts.T).argmax(axis=1) == WORDS - 1).all(), (
            "the hub wins where nothing is calibrated"
        )
    best, scores = score_concepts(vectors, texts, 2)
    np.testing.assert_array_equal(best[:, 0], truth)
    assert (np.diff(scores, axis=1) <= 0).all()
    # The other way round: the pictures with the highest scores of a word are those that show it.
    for word in range(WORDS - 1):
        rows, places = np.nonzero(best == word)
        order = np.argsort(-scores[rows, places], kind="stable")
        assert set(rows[order][:PER_WORD]) == set(np.flatnonzero(truth == word))


def test_what_all_pictures_show_is_still_said_of_them() -> None:
    _, texts, _ = make_oracle()
    vectors = unit(np.tile(texts[3], (40, 1)) + np.random.default_rng(1).normal(0, 0.02, (40, DIM)))
    assert (score_concepts(vectors, texts, 1)[0] == 3).all()


def test_one_picture_gets_words_by_itself() -> None:
    vectors, texts, truth = make_oracle()
    best, _ = score_concepts(vectors[40:41], texts, 1)
    assert best.tolist() == [[truth[40]]]


@pytest.mark.parametrize(
    ("pictures", "words", "kept"), [(0, 20, 2), (3, 0, 0), (3, 1, 1), (3, 4, 1), (5, 20, 2)]
)
def test_any_numbers_of_pictures_and_words(pictures: int, words: int, kept: int) -> None:
    vectors, texts, _ = make_oracle()
    best, scores = score_concepts(vectors[:pictures], texts[:words], 5)
    assert best.shape == scores.shape == (pictures, kept)
    assert np.isfinite(scores).all()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, texts, _ = make_oracle(0.3)
    whole = score_concepts(vectors, texts, 3)
    monkeypatch.setattr(scoring, "SCORES_AT_ONCE", 7 * WORDS)
    parts = score_concepts(vectors, texts, 3)
    np.testing.assert_array_equal(parts[0][:, 0], whole[0][:, 0])
    np.testing.assert_allclose(parts[1], whole[1], atol=2e-5)


@given(st.permutations(range(12)), st.integers(0, 999))
def test_the_order_of_pictures_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, texts = unit(rng.normal(size=(12, 8))), unit(rng.normal(size=(40, 8)))
    plain, shuffled = score_concepts(vectors, texts, 4), score_concepts(vectors[order], texts, 4)
    np.testing.assert_allclose(shuffled[1], plain[1][order], atol=2e-5)
    # Words change places only where they fit equally well.
    is_same = shuffled[0] == plain[0][order]
    gaps = np.abs(np.diff(plain[1][order], axis=1, append=plain[1][order][:, -1:] - 1))
    is_tied = (gaps < 5e-5) | np.roll(gaps < 5e-5, 1, axis=1)
    assert (is_same | is_tied | (np.arange(4) == 3)).all()


def test_equal_words_come_in_their_order() -> None:
    vectors, texts, _ = make_oracle()
    twice = np.repeat(texts, 2, axis=0)
    best, _ = score_concepts(vectors, twice, 2)
    np.testing.assert_array_equal(best[:, 1], best[:, 0] + 1)


class Letters:
    """A text side that tells texts apart by their letters, and remembers what it was asked."""

    def __init__(self, dim: int = 26) -> None:
        self.dim = dim
        self.asked: list[str] = []

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        counts = [[1 + text.casefold().count(chr(97 + k)) for k in range(self.dim)] for text in texts]
        return unit(np.array(counts, float))


def test_sentences_are_averaged_and_only_new_words_are_computed() -> None:
    side = Letters()
    first, second = Concept("cat", "", ("a cat", "cat")), Concept("dog", "", ("dog",))
    vectors, computed = embed_concepts([first], {}, 26, lambda: side)
    mean = side.embed_texts(["a cat", "cat"]).sum(axis=0)
    np.testing.assert_allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert computed == 1
    side.asked.clear()
    both, computed = embed_concepts([second, first], {first.key: vectors[0]}, 26, lambda: side)
    assert (side.asked, computed) == (["dog"], 1)
    np.testing.assert_array_equal(both[1], vectors[0])
    _, computed = embed_concepts([first], {first.key: vectors[0]}, 26, lambda: pytest.fail("not needed"))
    assert computed == 0


def test_a_text_side_of_another_size_is_refused() -> None:
    with pytest.raises(EmbedderError, match=r"26.*expected 12 components"):
        embed_concepts([Concept("cat", "", ("cat",))], {}, 12, Letters)


def test_the_packaged_words_are_clean() -> None:
    concepts = compose_vocabulary(read_packaged())
    assert 2000 < len(concepts) < 5000
    listed = [
        w
        for line in read_packaged().splitlines()
        if line[:1] not in "#["
        for w in line.split(",")
        if w.strip()
    ]
    assert len(listed) == len(concepts), "each word once"
    assert all(c.heading and "|" not in c.word and c.word == c.word.strip() for c in concepts)
    assert all(len(c.word) <= 40 and c.word in c.sentences[0] for c in concepts)
    an_owl = next(c for c in concepts if c.word == "owl")
    assert an_owl.sentences[0] == "a photo of an owl, a bird."


def test_the_packaged_words_sort_nobody() -> None:
    """A few of those that decision 0091 leaves out: they must not come back with the next word that is added."""
    words = {part for c in compose_vocabulary(read_packaged()) for part in c.word.casefold().split()}
    people = "man men woman women boy girl elderly blonde fat thin ugly blind"
    stations = "nurse nurses servant servants slave slaves beggar criminal thief prostitute"
    origins = "african asian arab gypsy native tribal primitive exotic savage"
    insults = "monkey ape gorilla chimpanzee orang-utan baboon demon devil witch naked nude"
    assert not words.intersection(f"{people} {stations} {origins} {insults}".split())


def test_a_list_of_ones_own_adds_words_and_leaves_out_others() -> None:
    packaged = "[animals: a {}.]\ncat, dog,\nheron\n[moods]\ncalm"
    own = "\ufeff# mine\nferry, Cat\n- dog\n[ships: the ship {}|{}]\nHMS Beagle;  paddle   steamer\n"
    concepts = compose_vocabulary(packaged, own)
    assert [(c.word, c.heading) for c in concepts] == [
        ("ferry", "own words"),
        ("Cat", "own words"),
        ("HMS Beagle", "ships"),
        ("paddle steamer", "ships"),
        ("heron", "animals"),
        ("calm", "moods"),
    ]
    assert concepts[2].sentences == ("the ship HMS Beagle", "HMS Beagle")
    assert compose_vocabulary("", "") == ()


@pytest.mark.parametrize(
    ("own", "told"), [("[ships: a ship]\nferry", r"\[ships\].*'a ship'"), ("x" * 81, "81 characters")]
)
def test_lists_that_cannot_be_read_are_refused(own: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        compose_vocabulary("", own)
