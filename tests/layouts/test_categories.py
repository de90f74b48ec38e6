import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clipplot_pipeline.layouts.boxes import TALL, make_frame
from clipplot_pipeline.layouts.categories import arrange_categories, gather_groups
from clipplot_pipeline.model import Layout
from tests.layouts.conftest import has_no_overlap, make_table_input, turn_input


def by_words(*words: str | None):
    return make_table_input({"category": ("category", pa.array(words, pa.string()))})


def area_of(layout: Layout, text: str) -> tuple[float, float, float, float]:
    label = next(label for label in layout.labels if label.text == text)
    return label.x - label.size / 2, label.y - label.height, label.x + label.size / 2, label.y


def is_inside(positions: np.ndarray, area: tuple[float, float, float, float]) -> np.ndarray:
    return ((positions >= area[:2]) & (positions <= area[2:])).all(1)


def test_every_image_lies_in_the_area_of_its_category_and_in_no_other():
    words = ["fruit"] * 40 + ["portrait"] * 12 + ["map"] * 3 + [None] * 5
    layout = arrange_categories(by_words(*words), {})
    assert [(label.text, label.count) for label in layout.labels] == [
        ("fruit", 40),
        ("portrait", 12),
        ("no category", 5),
        ("map", 3),
    ]
    for name in ("fruit", "portrait", "map", "no category"):
        expected = [word == name or (word is None and name == "no category") for word in words]
        assert is_inside(layout.positions, area_of(layout, name)).tolist() == expected
    assert has_no_overlap(layout.positions, min(area.side for area in layout.cells))
    assert all(shape.kind == "block" for shape in layout.ground)


def test_areas_are_nearly_as_large_as_their_images_ask_for():
    words = [word for k in range(12) for word in [f"c{k:02d}"] * (10 + 8 * k)]
    layout = arrange_categories(by_words(*words), {})
    side = layout.cells[0].side
    used = len(words) * side**2
    whole = sum(label.size * label.height for label in layout.labels)
    assert used > 0.55 * whole
    sizes = [label.size * label.height / label.count for label in layout.labels]
    assert max(sizes) < 2 * min(sizes)


@pytest.mark.parametrize("count", [61, 500, 2000])
def test_of_many_categories_the_rarest_share_an_area(count):
    words = [f"c{k:04d}" for k in range(count) for _ in range(2 if k < 30 else 1)]
    layout = arrange_categories(by_words(*words), {})
    assert len(layout.labels) == 60
    rest = next(label for label in layout.labels if label.text.endswith("others"))
    assert rest.text == f"{count - 59:,} others"
    assert rest.count == count - 59
    assert has_no_overlap(layout.positions, layout.cells[0].side)
    assert layout.facts["groups"] == 60
    assert len(arrange_categories(by_words(*words), {"most": 5}).labels) == 5


def test_the_first_field_of_categories_counts_unless_another_is_asked_for():
    table = {
        "title": ("text", pa.array(["a", "b"])),
        "empty": ("category", pa.array([None, None], pa.string())),
        "genre": ("category", pa.array(["oil", "ink"])),
        "size": ("number", pa.array([3.0, 4.5])),
        "tags": ("tags", pa.array([["sea", "ship"], None], pa.list_(pa.string()))),
        "signed": ("boolean", pa.array([True, False])),
    }
    given = make_table_input(table)

    def texts(settings):
        return sorted(label.text for label in arrange_categories(given, settings).labels)

    assert texts({}) == ["ink", "oil"]
    assert texts({"field": "Size"}) == ["3", "4.5"]
    assert texts({"field": "tags"}) == ["no category", "sea"]
    assert texts({"field": "signed"}) == ["no", "yes"]
    assert arrange_categories(given, {"field": "empty"}).reason == "no image has a value in the field 'Empty'"
    assert "no field 'school', which layouts.categories names" in str(
        arrange_categories(given, {"field": "school"}).reason
    )


def test_without_categories_the_layout_is_empty_with_a_reason():
    assert arrange_categories(by_words(None, None), {}).reason == "no image has a category"
    nothing = make_table_input({"year": ("number", pa.array([1, 2], pa.int32()))})
    assert arrange_categories(nothing, {}).reason == "no image has a category"


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh"), st.text(max_size=4)), max_size=90),
    st.integers(0, 9),
)
def test_any_words_are_legal_and_the_order_of_the_input_does_not_matter(words, seed):
    whole = by_words(*words)
    layout = arrange_categories(whole, {})
    if layout.reason is not None or not words:
        assert not any(word and word.strip() for word in words)
        return
    assert np.abs(layout.positions).max() <= 1
    assert has_no_overlap(layout.positions, min(area.side for area in layout.cells))
    order = np.random.default_rng(seed).permutation(len(words))
    turned = arrange_categories(turn_input(whole, order), {})
    np.testing.assert_array_equal(turned.positions, layout.positions[order])
    assert turned.labels == layout.labels


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=70),
    st.sampled_from((0, 10, 2_000)),
    st.sampled_from((0, 1, 500)),
    st.sampled_from((2, 20, 60, 500)),
)
@example([1] * 49, 60_000, 0, 60)
@example([1] * 501, 0, 0, 500)
@example([1] * 501, 0, 500, 500)
def test_any_counts_give_a_map_in_the_frame_with_every_image_once(small, large, without, most):
    counts = [*([large] if large else []), *small]
    words = [f"c{k}" for k, count in enumerate(counts) for _ in range(count)] + [None] * without
    layout = arrange_categories(by_words(*words), {"most": most})
    for shape, frame in ((layout, make_frame()), (layout.tall, make_frame(TALL))):
        assert shape.positions.shape == (len(words), 2)
        assert (np.abs(shape.positions) <= np.array((frame.max_x, frame.max_y)) + 1e-6).all()
        assert sum(label.count for label in shape.labels) == len(words)
        assert len([label for label in shape.labels if label.text != "no category"]) <= most
        assert min(area.side for area in shape.cells) > 0
        assert has_no_overlap(shape.positions, min(area.side for area in shape.cells))


def test_groups_are_ranked_by_number_then_by_name():
    cells = pa.chunked_array([pa.array(["b", "a", "b", "c", "", None, "a"])])
    groups, without = gather_groups(cells, 10)
    assert [(title, rows.tolist()) for title, rows in groups] == [("a", [1, 6]), ("b", [0, 2]), ("c", [3])]
    assert without.tolist() == [4, 5]
