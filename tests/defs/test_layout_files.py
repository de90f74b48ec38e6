"""Layouts on their way to the store and back."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.defs.io import read_layout, write_layout
from clipplot_pipeline.layouts import LAYOUTS
from clipplot_pipeline.model import Layout
from clipplot_pipeline.storage import Store
from tests.layouts.conftest import make_given, make_vectors

SPECS = {spec.name: spec for spec in LAYOUTS}


def assert_same(one: Layout, other: Layout) -> None:
    np.testing.assert_array_equal(one.positions, other.positions)
    assert (one.name, one.labels, one.reason, one.cells) == (
        other.name,
        other.labels,
        other.reason,
        other.cells,
    )
    assert [shape.kind for shape in one.ground] == [shape.kind for shape in other.ground]
    for mine, theirs in zip(one.ground, other.ground, strict=True):
        for part, same in zip(mine.parts, theirs.parts, strict=True):
            np.testing.assert_allclose(part, same, atol=1e-5)


@pytest.mark.parametrize("name", ["timeline", "categories", "geography", "custom", "alphabetical"])
def test_layouts_come_back_in_any_order_of_the_images(tmp_path, name):
    given = make_given(make_vectors(1, 30))
    ids = [str(image_id) for image_id in given.image_ids]
    layout = SPECS[name].arrange(given, {})
    store = Store(str(tmp_path))
    version = write_layout(store, ids, layout)
    assert version == write_layout(Store(str(tmp_path / "again")), ids, layout)
    back = read_layout(store, pa.chunked_array([ids]))
    assert_same(layout, back)
    assert (layout.tall is None) == (back.tall is None)
    if layout.tall is not None:
        assert back.tall is not None
        assert_same(layout.tall, back.tall)
    order = np.random.default_rng(2).permutation(30)
    turned = read_layout(store, pa.chunked_array([[ids[k] for k in order]]))
    np.testing.assert_array_equal(turned.positions, layout.positions[order])


def test_another_ground_is_another_version(tmp_path):
    given = make_given(make_vectors(1, 12))
    ids = [str(image_id) for image_id in given.image_ids]
    layout = SPECS["geography"].arrange(given, {})
    bare = dataclasses.replace(layout, ground=())
    versions = {write_layout(Store(str(tmp_path / str(k))), ids, one) for k, one in enumerate((layout, bare))}
    assert len(versions) == 2


def test_an_empty_layout_keeps_its_reason(tmp_path):
    store = Store(str(tmp_path))
    write_layout(store, ["a", "b"], Layout("geography", np.zeros((0, 2), np.float32), reason="no places"))
    back = read_layout(store, pa.chunked_array([["a", "b"]]))
    assert back.reason == "no places"
    assert len(back.positions) == 0
