import gzip
import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Shape
from clipplot_pipeline.site.format import dump_json
from clipplot_pipeline.site.ground import UNITS_PER_WORLD, decode_ground, encode_ground
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

points = hnp.arrays(np.float32, st.tuples(st.integers(1, 9), st.just(2)), elements=st.floats(-2, 2, width=32))
shapes = st.builds(
    Shape, st.sampled_from(["sea", "land", "line", "block"]), st.lists(points, max_size=4).map(tuple)
)


def pack(value: object) -> bytes:
    return gzip.compress(dump_json(value))


def ground(**changes: object) -> bytes:
    shape = {"kind": "land", "parts": [[0, 0, 100, 0, 0, 100]]} | changes
    return pack({"units_per_world": UNITS_PER_WORLD, "shapes": [shape]})


@pytest.fixture
def site(published, tmp_path) -> Store:
    return Store(str(shutil.copytree(published, tmp_path / "site")))


def problems_of(site: Store) -> str:
    return " ".join(verify_site(site.url).problems)


@given(st.lists(shapes, max_size=5))
def test_shapes_come_back_but_for_rounding(given_shapes):
    data = encode_ground(given_shapes)
    assert data == encode_ground(given_shapes)
    back = decode_ground(data, "ground")
    assert [shape.kind for shape in back] == [shape.kind for shape in given_shapes]
    for old, new in zip(given_shapes, back, strict=True):
        assert len(old.parts) == len(new.parts)
        for before, after in zip(old.parts, new.parts, strict=True):
            np.testing.assert_allclose(after[[0, -1]], before[[0, -1]], atol=1 / UNITS_PER_WORLD)
            # What is left out lay where the point before it does.
            near = np.abs(before[:, None] - after[None]).max(2).min(1)
            assert near.max() <= 1 / UNITS_PER_WORLD


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no gzip", "not gzip"),
        (gzip.compress(b"no json"), "not JSON"),
        (pack([]), "ground"),
        (pack({"shapes": []}), "units_per_world"),
        (ground(kind="volcano"), "kind 'volcano'; expected one of sea, land"),
        (ground(parts=[[1, 2, 3]]), "an odd number"),
        (ground(parts=[[]]), "shapes.0.parts.0"),
        (ground(parts=[[0, 0, 3 * UNITS_PER_WORLD, 0]]), "further than 2 from the middle"),
        (ground(parts=[[0.5, 0]]), "shapes.0.parts.0.0"),
    ],
)
def test_what_is_no_ground_is_explained(data, words):
    with pytest.raises(SiteError, match=words):
        decode_ground(data, "ground")


def test_a_wrong_ground_and_wrong_cells_of_a_site_are_told(site):
    manifest = json.loads(site.read_bytes("manifest.json"))
    layout = manifest["layouts"][1]
    layout["cells"][0]["max"] = [-2.0, 1.0]
    site.write_bytes("manifest.json", json.dumps(manifest).encode())
    site.write_bytes(layout["ground"], ground(kind="volcano"))
    assert "layout alphabetical: cells from (-1.0, -1.0) to (-2.0, 1.0); expected an area" in problems_of(
        site
    )
    assert "a shape of kind 'volcano'" in problems_of(site)
    site.delete(layout["ground"])
    assert f"{layout['ground']}: missing" in problems_of(site)
    layout["cells"][0]["side"] = 0
    site.write_bytes("manifest.json", json.dumps(manifest).encode())
    assert "layouts.1.cells.0.side" in problems_of(site)


def test_a_published_ground_is_that_of_the_layout(site, collection):
    manifest = json.loads(site.read_bytes("manifest.json"))
    path = manifest["layouts"][1]["ground"]
    back = decode_ground(site.read_bytes(path), path)
    assert [shape.kind for shape in back] == ["sea", "land", "line"]
    expected = collection.content.layouts[1].layout.ground[1]
    assert len(back[1].parts) == len(expected.parts) == 3
    assert "ground" not in manifest["layouts"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": "nowhere"}, "'nowhere' is missing"),
        ({"positions": "color"}, "3 of uint8; expected 2 of uint16"),
        ({"labels": "c/none.json"}, "c/none.json: missing"),
        ({"ground": "c/none.bin"}, "c/none.bin: missing"),
        ({"cells": [{"min": [0, 0], "max": [-1, 1], "side": 0.1}]}, "expected an area"),
    ],
)
def test_a_wrong_arrangement_for_tall_windows_is_told(site, change, words):
    manifest = json.loads(site.read_bytes("manifest.json"))
    manifest["layouts"][1]["tall"] |= change
    site.write_bytes("manifest.json", json.dumps(manifest).encode())
    assert words in problems_of(site)


def test_an_empty_layout_has_no_arrangement_for_tall_windows(site):
    manifest = json.loads(site.read_bytes("manifest.json"))
    manifest["layouts"][2]["tall"] = manifest["layouts"][1]["tall"]
    site.write_bytes("manifest.json", json.dumps(manifest).encode())
    assert "tall windows, though it has no positions" in problems_of(site)
