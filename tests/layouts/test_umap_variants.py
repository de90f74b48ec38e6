"""Variants of the map of similarity, and maps that the table guides."""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given as draw
from hypothesis import strategies as st

from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.layout_sections import LayoutsSettings, UmapSettings
from clipplot_pipeline.layouts import LAYOUTS, LayoutInput, Previous, list_layouts
from clipplot_pipeline.layouts.targets import MOST_NUMBERS, Target, find_target
from clipplot_pipeline.layouts.umap import arrange_umap
from clipplot_pipeline.model import Field
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.variants import Variant, parse_variant

RAW = {"spread_below": 0}


def settings_of(**umap: Any) -> Settings:
    return Settings(embedder="descriptor", layouts=LayoutsSettings(umap=UmapSettings(**umap)))


@draw(
    st.one_of(st.none(), st.integers(2, 200)),
    st.one_of(st.none(), st.integers(0, 1000)),
    st.one_of(
        st.none(), st.text(st.characters(exclude_characters=",=", exclude_categories=["C", "Z"]), max_size=30)
    ),
)
def test_a_line_says_what_it_says_and_has_a_name_of_its_own(count, thousandths, target):
    distance = None if thousandths is None else thousandths / 1000
    wanted = Variant(count, distance, target)
    if not wanted.overrides:
        return
    read = parse_variant(", ".join(f"{key} = {value}" for key, value in wanted.overrides.items()))
    assert read == wanted
    assert read.name.isascii()
    assert read.name.replace("_", "a").isalnum()
    others = [dataclasses.replace(read, n_neighbors=7), dataclasses.replace(read, target=f"{target}x")]
    assert read.name not in {other.name for other in others if other != read}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("n_neighbours = 5", "expected `key = value` pairs"),
        ("n_neighbors = 5, n_neighbors = 6", "each once"),
        ("50", "expected `key = value` pairs"),
        ("n_neighbors = 1", "2 to 200"),
        ("n_neighbors = many", "2 to 200"),
        ("min_dist = 1.5", "0 to 1"),
        ("title = The same", "a title alone"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_in_words(line, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_variant(line)


def test_the_same_map_twice_is_refused():
    with pytest.raises(ValueError, match="two lines ask for the same map"):
        UmapSettings(variants=("min_dist = 0.5", "min_dist=.5, title=Loose"))


def test_variants_are_layouts_after_the_map_itself():
    asked = settings_of(variants=("n_neighbors = 50, min_dist = 0.5", "target = Genre, title = By genre"))
    specs = list_layouts(asked.layouts)
    assert [spec.name for spec in specs[:3]] == ["umap", "umap_n50_d0_5", specs[2].name]
    assert [spec.title for spec in specs[:3]] == [
        "Similarity", "Similarity, 50 neighbours, distance 0.5", "By genre",
    ]  # fmt: skip
    assert "Genre" in specs[2].description
    assert specs[3:] == LAYOUTS[1:]
    graph = build_graph(asked)
    wide, guided = graph["layout_umap_n50_d0_5"], graph[f"layout_{specs[2].name}"]
    assert {"layout_umap", "neighbors", "embeddings", "catalog#members"} == set(wide.inputs)
    assert "catalog" in guided.inputs
    assert "layouts.umap.n_neighbors" not in wide.settings
    assert "layouts.umap.target_weight" in guided.settings
    assert {"layout_umap_n50_d0_5", f"layout_{specs[2].name}"} <= set(graph["site"].inputs)


def test_a_variant_touches_neither_the_map_itself_nor_the_neighbours_unless_it_looks_further():
    plain = settings_of()
    few, many = (settings_of(variants=(f"n_neighbors = {count}",)) for count in (20, 90))
    for name in ("layout_umap", "neighbors"):
        nodes = [build_graph(one)[name] for one in (plain, few)]
        assert plain.pick(nodes[0].settings) == few.pick(nodes[1].settings)
    wide = build_graph(many)["neighbors"].settings
    assert many.pick(wide)["layouts.umap.most_neighbors"] == 89


def spec_of(*lines: str, **umap: Any):
    return list_layouts(settings_of(variants=lines, **umap).layouts)[1]


def arrange(spec: Any, given: LayoutInput, **knobs: Any) -> Any:
    return spec.arrange(given, RAW | knobs | dict(spec.overrides))


def measure_likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation of two maps along the axis on which they agree less."""
    return min(float(np.corrcoef(one[:, axis], other[:, axis])[0, 1]) for axis in (0, 1))


def test_a_variant_lies_as_the_primary_does(given_of, vectors_of):
    given = given_of(vectors_of(6, 30))
    primary = arrange_umap(given, RAW).positions
    beside = dataclasses.replace(given, primary=primary)
    spec = spec_of("n_neighbors = 8, min_dist = 0.6")
    layout = arrange(spec, beside)
    assert layout.name == "umap_n8_d0_6"
    assert layout.facts["parameters"]["n_neighbors"] == 8
    assert measure_likeness(primary, layout.positions) > 0.8
    # Mirrored, the primary draws the variant with it.
    mirrored = dataclasses.replace(given, primary=primary[:, ::-1].copy())
    assert measure_likeness(mirrored.primary, arrange(spec, mirrored).positions) > 0.8
    np.testing.assert_array_equal(layout.positions, arrange(spec, beside).positions)


def test_a_variant_keeps_still_while_the_collection_grows(given_of, vectors_of):
    vectors = vectors_of(6, 30)
    given = given_of(vectors)
    given = dataclasses.replace(given, primary=arrange_umap(given, RAW).positions)
    spec = spec_of("min_dist = 0.4")
    first = arrange(spec, given)
    known = first.positions.copy()
    known[-9:] = np.nan
    grown = arrange(spec, dataclasses.replace(given, previous=Previous(known, first.facts)))
    np.testing.assert_array_equal(grown.positions[:-9], first.positions[:-9])
    assert grown.facts["fit"]["placed"] == 9


@pytest.mark.parametrize("n", range(7))
def test_variants_of_next_to_nothing_are_legal(given_of, vectors_of, n):
    given = given_of(vectors_of(1, 9)[:n])
    spec = spec_of("n_neighbors = 90, target = category")
    assert arrange(
        spec, dataclasses.replace(given, primary=np.zeros((n, 2), np.float32))
    ).positions.shape == (n, 2)


def with_field(given: LayoutInput, cells: pa.Array, kind: Any = "category") -> LayoutInput:
    return dataclasses.replace(
        given, fields=pa.table({"genre": cells}), described=(Field("genre", "Genre", kind),)
    )


def part(positions: np.ndarray, classes: np.ndarray) -> float:
    """Return how far apart two classes lie, in radii of one."""
    middles = np.array([positions[classes == k].mean(axis=0) for k in (0, 1)])
    radius = np.mean([np.linalg.norm(positions[classes == k] - middles[k], axis=1).mean() for k in (0, 1)])
    return float(np.linalg.norm(middles[0] - middles[1]) / radius)


def test_a_target_draws_its_values_together_and_leaves_the_rest(given_of, vectors_of):
    """One heap, two classes that likeness does not know; a third of the images has none."""
    given = given_of(vectors_of(1, 150))
    classes = np.arange(150) % 3
    cells = pa.array([None if k == 2 else "ab"[k] for k in classes])
    told = with_field(given, cells)
    plain, guided = (arrange_umap(told, RAW | {"target": target}) for target in ("", "Genre"))
    assert part(plain.positions, classes) < 1
    assert part(guided.positions, classes) > 2 * part(plain.positions, classes)
    assert guided.facts["target"] == {"field": "Genre", "known": 100, "values": 2}
    assert "target" not in plain.facts
    strong = arrange_umap(told, RAW | {"target": "Genre", "target_weight": 0.99})
    assert part(strong.positions, classes) > part(guided.positions, classes)


def test_without_any_value_a_map_is_made_by_likeness_alone_and_says_so(given_of, vectors_of):
    given = with_field(given_of(vectors_of(3, 20)), pa.nulls(60, pa.string()))
    plain = arrange_umap(given, RAW)
    for target, reason in (("genre", "no image has a value"), ("school", "no field 'school'")):
        guided = arrange_umap(given, RAW | {"target": target})
        np.testing.assert_array_equal(guided.positions, plain.positions)
        assert reason in guided.facts["target"]["reason"]


def test_classes_are_read_from_categories_flags_and_few_numbers(given_of, vectors_of):
    given = given_of(vectors_of(1, 4))

    def find(cells: pa.Array, kind: str) -> Target | str:
        return find_target(with_field(given, cells, kind), "GENRE")

    found = find(pa.array(["a", None, "b", "a"]), "category")
    assert isinstance(found, Target)
    assert found.classes.tolist() == [0, -1, 1, 0]
    found = find(pa.array([1.0, float("nan"), 2.0, None]), "number")
    assert isinstance(found, Target)
    assert found.classes.tolist() == [0, -1, 1, -1]
    found = find(pa.array([True, False, None, True]), "boolean")
    assert isinstance(found, Target)
    assert found.facts["values"] == 2
    assert "of kind text" in str(find(pa.array(list("abcd")), "text"))


def test_many_numbers_are_no_classes():
    n = MOST_NUMBERS + 1
    wide = LayoutInput(
        np.array([f"{i:05x}" for i in range(n)]),
        np.ones(n, np.float32),
        fields=pa.table({"genre": pa.array(np.arange(float(n)))}),
        described=(Field("genre", "Genre", "number"),),
    )
    assert "257 different numbers" in str(find_target(wide, "genre"))
