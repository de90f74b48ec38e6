import hashlib
import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline import schemas
from clipplot_pipeline.embeddings import gather_vectors
from clipplot_pipeline.errors import StoreError


def name(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def make_shard(numbers, dim=3):
    """A shard in which every component of a vector is its picture's number."""
    values = np.repeat(np.array(numbers, np.float32), dim)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(values, pa.float32()), dim)
    return pa.record_batch(
        [pa.array(map(name, numbers), pa.string()), vectors], schema=schemas.embeddings(dim)
    )


@given(st.permutations(range(12)), st.lists(st.integers(1, 11), max_size=4), st.data())
def test_every_row_gets_the_vector_of_its_picture(tmp_path_factory, numbers, cuts, data):
    order = data.draw(st.lists(st.sampled_from(range(12)), max_size=20))
    bounds = [0, *sorted(cuts), 12]
    shards = [make_shard(numbers[a:b]) for a, b in itertools.pairwise(bounds)]
    out = tmp_path_factory.mktemp("vectors") / "vectors.f32"
    vectors = gather_vectors(shards, [name(n) for n in order], 3, out)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[n, n, n] for n in order]


def test_sliced_batches_keep_their_pairs(tmp_path):
    shard = make_shard(range(10)).slice(4, 3)
    assert gather_vectors([shard], [name(6), name(4)], 3, tmp_path / "v").tolist() == [[6] * 3, [4] * 3]


def test_no_images_need_no_vectors(tmp_path):
    assert gather_vectors([make_shard([1])], [], 3, tmp_path / "v").shape == (0, 3)


def test_an_image_without_a_vector_is_an_error_with_counts(tmp_path):
    with pytest.raises(StoreError, match="2 of 3 images have no vector"):
        gather_vectors([make_shard([1]), make_shard([])], [name(n) for n in (1, 2, 3)], 3, tmp_path / "v")


def test_a_shard_of_another_dimension_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="4 components, expected 3"):
        gather_vectors([make_shard([1], dim=4)], [name(1)], 3, tmp_path / "v")
