import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.layouts import LayoutInput
from clipplot_pipeline.layouts.alphabetical import arrange_alphabetical
from clipplot_pipeline.layouts.ordering import find_spans, fold_name, sort_names


def sort(names: list[str]) -> list[str]:
    return [names[row] for row in sort_names(names, [str(i) for i in range(len(names))])]


def arrange(names: list[str]):
    n = len(names)
    return arrange_alphabetical(
        LayoutInput(np.array([f"{i:04d}" for i in range(n)], dtype=str), np.ones(n, np.float32), names=names),
        {},
    )


def test_numbers_accents_and_case_sort_as_people_expect():
    assert sort(["Plate 10", "zebra", "Élan", "plate 9", "elm", "Øre", "", "ohm", "page"]) == [
        "Élan",
        "elm",
        "ohm",
        "Øre",
        "page",
        "plate 9",
        "Plate 10",
        "zebra",
        "",
    ]


@given(st.lists(st.text(max_size=8), max_size=30), st.randoms())
def test_the_order_of_the_input_does_not_matter(names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    assert sort(names) == sort(shuffled)


@given(st.lists(st.text(max_size=6), max_size=200), st.integers(2, 20))
def test_runs_cover_all_names_in_order_and_are_not_too_many(names, wanted):
    spans = find_spans(sort(names), wanted)
    assert sum(span.count for span in spans) == len(names)
    assert [span.first for span in spans] == list(np.cumsum([0, *(s.count for s in spans)])[:-1])
    assert len(spans) <= wanted


def test_runs_are_named_by_their_letter():
    spans = find_spans(["Apfel", "Äpfel", "birne", "Birnen", "Čaj"])
    assert [(s.text, s.count) for s in spans] == [("A", 2), ("B", 2), ("C", 1)]


def test_what_all_names_begin_with_is_passed_over():
    assert [s.text for s in find_spans(["IMG_a.jpg", "IMG_b.jpg", "IMG_c.jpg"])] == ["A", "B", "C"]
    spans = find_spans([f"IMG_{i:04d}.jpg" for i in range(1000)])
    assert 20 <= len(spans) <= 40
    assert spans[0].text.startswith("0 – ")
    assert spans[-1].text.endswith(" – 999")


def test_images_read_like_a_page_and_labels_stand_where_letters_begin():
    names = ["cherry", "apple", "banana", "avocado", "blackberry", "citron"]
    layout = arrange(names)
    reading = sorted(range(6), key=lambda i: (-layout.positions[i, 1], layout.positions[i, 0]))
    assert [names[i] for i in reading] == sorted(names)
    assert {label.text: label.count for label in layout.labels} == {"A": 2, "B": 2, "C": 2}
    first_b = layout.positions[names.index("banana")]
    label_b = next(label for label in layout.labels if label.text == "B")
    np.testing.assert_allclose((label_b.x, label_b.y), first_b, atol=1e-6)
    assert all(label.kind == "axis" and label.size > 0 for label in layout.labels)


def test_without_any_name_the_layout_is_empty_with_a_reason():
    layout = arrange(["", "  ", ""])
    assert len(layout.positions) == 0
    assert layout.reason == "no image has a name to sort by"


def test_blank_names_come_last_under_a_label_of_their_own():
    layout = arrange(["", "pear", "apple"])
    assert layout.positions[0, 0] > layout.positions[1, 0] or layout.positions[0, 1] < layout.positions[1, 1]
    assert "…" in [label.text for label in layout.labels]


def test_folding_takes_apart_what_unicode_does_not():
    assert fold_name("Łódź – Ærø_2") == "lodz aero 2"
