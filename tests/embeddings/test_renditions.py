import threading

import numpy as np
import pytest

from clipplot_pipeline.embeddings import embed_renditions
from clipplot_pipeline.errors import EmbedderError, StoreError


class MeanColour:
    """An embedder whose vectors tell which picture they came from; it notes the batches it was given."""

    name = "mean_colour"
    dim = 3

    def __init__(self, spoil=lambda vectors: vectors):
        self.batches = []
        self.spoil = spoil

    def card(self, rendition_recipe):
        raise AssertionError("embedding renditions asks for no card")

    def embed(self, pictures):
        self.batches.append(len(pictures))
        means = [np.asarray(picture, np.float32).mean(axis=(0, 1)) + 1 for picture in pictures]
        return self.spoil(np.array(means, np.float32))


@pytest.mark.parametrize("batch_size", [1, 7, 40, 64])
def test_vectors_come_in_order_whatever_the_batches(renditions, batch_size):
    expected = np.vstack(list(embed_renditions(MeanColour(), renditions, 1)))
    embedder = MeanColour()
    batches = list(embed_renditions(embedder, iter(renditions), batch_size))
    assert [len(batch) for batch in batches] == embedder.batches
    assert max(embedder.batches) == min(batch_size, len(renditions))
    np.testing.assert_array_equal(np.vstack(batches), expected)
    np.testing.assert_allclose(np.linalg.norm(expected, axis=1), 1, atol=1e-6)
    assert len(np.unique(expected, axis=0)) == len(renditions)


def test_no_renditions_give_no_batches():
    assert list(embed_renditions(MeanColour(), [], 8)) == []


def test_a_gray_rendition_is_seen_in_three_channels(draw, encode):
    gray = encode(draw(1).convert("L"))
    (vectors,) = embed_renditions(MeanColour(), [gray], 8)
    np.testing.assert_allclose(vectors, np.full((1, 3), 3**-0.5), atol=1e-6)


def test_reading_stays_a_few_batches_ahead(renditions):
    read = []

    def source():
        for number, jpeg in enumerate(renditions):
            read.append(number)
            yield jpeg

    vectors = embed_renditions(MeanColour(), source(), 4)
    next(vectors)
    assert 4 < len(read) <= 16  # it looks ahead, but does not take the whole collection into memory
    vectors.close()


def test_the_next_pictures_are_decoded_while_a_batch_is_embedded(renditions, monkeypatch):
    from clipplot_pipeline.embeddings import renditions as room

    decode, decoded, both = room.decode_rendition, threading.Semaphore(0), []

    def watch(jpeg):
        picture = decode(jpeg)
        decoded.release()
        return picture

    def wait_for_the_next(vectors):
        for _ in range(8):
            both.append(decoded.acquire(timeout=20))  # four of its own, then four of the batch after it
        return vectors

    monkeypatch.setattr(room, "decode_rendition", watch)
    next(embed_renditions(MeanColour(wait_for_the_next), renditions, 4))
    assert all(both)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_stops_with_the_reason(renditions, bad):
    def spoil(vectors):
        vectors[-1] = bad
        return vectors

    with pytest.raises(
        EmbedderError, match="mean_colour: it gave a vector that is not finite or has no length"
    ):
        list(embed_renditions(MeanColour(spoil), renditions, 8))


def test_a_missing_vector_is_an_error_and_never_a_shift(renditions):
    with pytest.raises(EmbedderError, match=r"\(7, 3\) for 8 pictures"):
        list(embed_renditions(MeanColour(lambda vectors: vectors[:-1]), renditions, 8))


def test_a_damaged_rendition_is_an_error_of_the_store(renditions):
    with pytest.raises(StoreError, match="cannot be decoded"):
        list(embed_renditions(MeanColour(), [renditions[0], renditions[1][:300]], 8))
