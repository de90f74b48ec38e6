import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.layouts.boxes import Box, make_frame
from clipplot_pipeline.layouts.coastlines import draw_land, load_land
from clipplot_pipeline.layouts.fanning import fan_out, match_places
from clipplot_pipeline.layouts.geography import arrange_geography
from clipplot_pipeline.layouts.map_sheet import choose_sheet, clip_line
from clipplot_pipeline.layouts.projections import Azimuthal, EqualEarth, choose_projection, find_middle
from tests.layouts.conftest import has_no_overlap, make_table_input, turn_input

#: Places on land and at sea, far from any coast: longitude, latitude, is it land.
KNOWN = (
    (10.0, 50.0, True), (2.3, 48.9, True), (-100.0, 40.0, True), (-60.0, -10.0, True), (25.0, 0.0, True),
    (135.0, -25.0, True), (100.0, 60.0, True), (0.0, -80.0, True), (-42.0, 72.0, True), (138.5, 36.2, True),
    (170.5, 67.0, True), (-172.0, 66.3, True), (-30.0, 40.0, False), (-140.0, 30.0, False), (80.0, -20.0, False),
    (170.0, 0.0, False), (5.0, 57.0, False), (18.0, 34.5, False), (0.0, -55.0, False), (-179.0, 50.0, False),
)  # fmt: skip


def by_places(*places: tuple[float | None, float | None]):
    lat, lng = ([place[k] for place in places] for k in (0, 1))
    return make_table_input(
        {"lat": ("number", pa.array(lat, pa.float64())), "lng": ("number", pa.array(lng, pa.float64()))}
    )


def is_land(drawn: list[list[np.ndarray]], point: np.ndarray) -> bool:
    """By the even-odd rule, each area for itself."""
    x, y = point
    for parts in drawn:
        ring = np.vstack(parts)
        ends = np.roll(ring, -1, axis=0)
        crosses = (ring[:, 1] > y) != (ends[:, 1] > y)
        at = ring[crosses, 0] + (y - ring[crosses, 1]) / (ends - ring)[crosses, 1] * (ends - ring)[crosses, 0]
        if (at > x).sum() % 2:
            return True
    return False


def test_the_packaged_land_is_small_and_of_the_whole_globe():
    land = load_land()
    points = np.vstack(land)
    assert 1000 < len(land) < 2000
    assert np.abs(points).max(0).tolist() == [180.0, 90.0]
    # The sum of the planar rings, on the sphere: 29 % of the earth are land.
    area = 0.0
    for ring in land:
        lng, lat = np.radians(ring).T
        area += abs(np.sum((np.roll(lng, -1) - lng) * (np.sin(lat) + np.sin(np.roll(lat, -1))) / 2))
    assert area / (4 * np.pi) == pytest.approx(0.29, abs=0.01)


@pytest.mark.parametrize(
    ("projection", "frame"),
    [
        (EqualEarth(), Box(-2.71, -1.32, 2.71, 1.32)),
        (Azimuthal(10.0, 50.0), Box(-0.8, -0.5, 0.8, 0.5)),
        (Azimuthal(-175.0, 60.0), Box(-0.9, -0.5, 0.9, 0.5)),  # over the date line
        (Azimuthal(105.0, 35.0), Box(-1.2, -0.9, 1.2, 0.9)),  # its antipode is in South America
        (Azimuthal(0.0, 88.0), Box(-1.0, -0.8, 1.0, 0.8)),
        (Azimuthal(40.0, -85.0), Box(-0.6, -0.6, 0.6, 0.6)),
        (Azimuthal(-75.0, 5.0), Box(-0.9, -0.9, 0.9, 0.9)),
    ],
)
def test_land_is_where_it_is_on_every_map(projection, frame):
    drawn = draw_land(projection, frame, 0.001)
    seen = 0
    for lng, lat, expected in KNOWN:
        point = projection.project(np.array([(lng, lat)]))[0]
        if frame.min_x < point[0] < frame.max_x and frame.min_y < point[1] < frame.max_y:
            assert is_land(drawn, point) == expected, (lng, lat)
            seen += 1
    assert seen >= 1
    points = np.vstack([part for parts in drawn for part in parts])
    assert points[:, 0].min() >= frame.min_x - 1e-9
    assert points[:, 0].max() <= frame.max_x + 1e-9


def test_what_lies_on_the_edge_of_a_frame_is_no_coast():
    frame = Box(-0.3, -0.2, 0.3, 0.2)
    edges = 0
    for parts in draw_land(Azimuthal(10.0, 50.0), frame, 0.0):  # without simplifying, which straightens
        for part in parts:
            on_edge = np.abs(np.abs(part[1:]) - (0.3, 0.2)) < 1e-12
            assert not (on_edge & (np.abs(np.diff(part, axis=0)) < 1e-12)).any()
            edges += on_edge.sum()
    assert edges


@given(
    st.floats(-180, 180), st.floats(-89, 89), st.floats(0.01, 3.0), st.floats(-180, 180), st.floats(-89, 89)
)
def test_both_projections_keep_areas(lng, lat, size, middle_lng, middle_lat):
    lat = min(max(lat, -86), 86)
    step = np.array([(0.0, 0.0), (size, 0.0), (size, size), (0.0, size)])
    edge = np.vstack(
        [
            a + (b - a) * np.linspace(0, 1, 50)[:-1, None]
            for a, b in zip(step, np.roll(step, -1, 0), strict=True)
        ]
    )
    square = edge + np.array((lng, lat - size / 2))
    truth = np.radians(size) * (np.sin(np.radians(lat + size / 2)) - np.sin(np.radians(lat - size / 2)))
    azimuthal = Azimuthal(middle_lng, middle_lat)
    cosine = np.cos(np.hypot(*azimuthal.project(square).T).max() / 2 * 0.999)
    projections = [EqualEarth()] + ([azimuthal] if cosine > 0.6 else [])
    for projection in projections:
        x, y = projection.project(square).T
        area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
        assert area == pytest.approx(truth, rel=2e-3)


def test_the_middle_is_found_across_the_date_line():
    places = np.array([(170.0, 10.0), (-160.0, 20.0)])
    assert find_middle(places) == (pytest.approx(-175.0), pytest.approx(15.0))
    assert isinstance(choose_projection(places), Azimuthal)
    assert isinstance(choose_projection(np.array([(0.0, 0.0), (120.0, 0.0)])), EqualEarth)
    assert find_middle(np.array([(12.5, 41.9)])) == (pytest.approx(12.5), pytest.approx(41.9))


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_a_sheet_shows_all_places_in_its_frame(places):
    points = np.array(places)[:, ::-1]
    sheet = choose_sheet(points, make_frame())
    drawn = sheet.place(points)
    box = sheet.box
    assert (drawn >= (box.min_x - 1e-6, box.min_y - 1e-6)).all()
    assert (drawn <= (box.max_x + 1e-6, box.max_y + 1e-6)).all()
    for shape in sheet.draw():
        for part in shape.parts:
            assert part[:, 0].min() >= box.min_x - 1e-4
            assert part[:, 0].max() <= box.max_x + 1e-4


def test_a_scale_is_true():
    sheet = choose_sheet(np.array([(2.0, 48.0), (12.0, 52.0)]), make_frame())
    scale = sheet.draw_scale()
    assert scale is not None
    shape, label = scale
    length_km = float(label.text.removesuffix(" km").replace(",", ""))
    assert np.ptp(shape.parts[0][:, 0]) / sheet.scale * 6371 == pytest.approx(length_km, rel=1e-4)
    village = choose_sheet(np.array([(2.0, 48.0), (2.001, 48.001)]), make_frame()).draw_scale()
    assert village is not None
    assert village[1].text.endswith(" m")


def test_lines_are_cut_at_a_box():
    box = Box(0, 0, 1, 1)
    line = np.array([(-1.0, 0.5), (0.5, 0.5), (2.0, 0.5), (2.0, 0.7), (0.2, 0.7)])
    parts = clip_line(line, box)
    np.testing.assert_allclose(parts[0], [(0, 0.5), (0.5, 0.5), (1, 0.5)])
    np.testing.assert_allclose(parts[1], [(1, 0.7), (0.2, 0.7)])
    assert len(parts) == 2
    assert clip_line(np.array([(-1.0, 2.0), (2.0, 2.0)]), box) == []


@given(st.integers(0, 250), st.integers(0, 99), st.sampled_from(["one", "two", "spread", "lattice"]))
def test_fanned_out_nobody_covers_another_and_all_stay_near(n, seed, kind):
    rng = np.random.default_rng(seed)
    box, side = Box(-0.9, -0.5, 0.9, 0.5), 0.03
    points = {
        "one": np.zeros((n, 2)),
        "two": rng.integers(0, 2, (n, 1)) * np.array([(0.04, 0.01)]),
        "spread": rng.uniform(-0.5, 0.5, (n, 2)),
        "lattice": np.round(rng.uniform(-0.48, 0.48, (n, 2)) / side) * side,
    }[kind]
    fanned = fan_out(points, side, box)
    assert has_no_overlap(fanned, side)
    assert (np.abs(fanned) <= (0.9 + 1e-9, 0.5 + 1e-9)).all()
    ways = np.hypot(*(fanned - points).T)
    # The disc that all of them fill, and a cell to spare.
    assert ways.max(initial=0) <= side * (np.sqrt(n / np.pi) * 1.6 + 2)


def test_who_is_alone_stays_to_the_bit():
    points = np.array([(0.1234, 0.2), (-0.3, 0.111), (0.3, 0.3), (0.3, 0.3)])
    fanned = fan_out(points, 0.05, Box(-0.9, -0.5, 0.9, 0.5))
    assert fanned[:2].tobytes() == points[:2].tobytes()
    assert not np.array_equal(fanned[2], fanned[3])


def test_a_crowd_keeps_its_sides():
    rng = np.random.default_rng(2)
    points, cells = rng.uniform(-1, 1, (100, 2)), np.argwhere(np.ones((10, 10))) / 9 * 2 - 1
    chosen = match_places(points, cells)
    assert sorted(chosen.tolist()) == list(range(100))
    assert np.corrcoef(points[:, 0], cells[chosen, 0])[0, 1] > 0.9
    assert np.corrcoef(points[:, 1], cells[chosen, 1])[0, 1] > 0.8


def test_north_is_up_and_east_is_right_and_those_without_a_place_are_apart():
    given_input = by_places((59.3, 18.1), (41.9, 12.5), (52.5, 13.4), (None, None), (48.9, 2.4), (91.0, 0.0))
    layout = arrange_geography(given_input, {})
    stockholm, rome, berlin, nowhere, paris, invalid = layout.positions
    assert stockholm[1] > berlin[1] > paris[1] > rome[1]
    assert paris[0] < berlin[0] < stockholm[0] < min(nowhere[0], invalid[0])
    label = next(label for label in layout.labels if label.kind == "area")
    assert (label.text, label.count) == ("no place known", 2)
    assert {shape.kind for shape in layout.ground} == {"sea", "land", "line", "scale", "block"}


def test_the_gulf_of_guinea_is_a_place_and_so_is_one_place_alone():
    layout = arrange_geography(by_places((0.0, 0.0), (None, 3.0), (0.0, 0.0), (0.0, 0.0)), {})
    assert layout.facts["placed"] == 3
    assert has_no_overlap(layout.positions[[0, 2, 3]], layout.cells[0].side)


def test_without_places_the_layout_is_empty_with_a_reason():
    for places in ([(None, None), (None, None)], [(None, 5.0), (91.0, 5.0)]):
        layout = arrange_geography(by_places(*places), {})
        assert layout.reason == "no image has coordinates"
    nothing = make_table_input({"lat": ("number", pa.array([1.0]))})
    assert arrange_geography(nothing, {}).reason == "no image has coordinates"


coordinates = st.one_of(
    st.just((None, None)),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.sampled_from([(0.0, 0.0), (90.0, 0.0), (-90.0, 180.0), (10.0, 180.0), (10.0, -180.0), (48.8, 2.3)]),
)


@given(st.lists(coordinates, max_size=25), st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_any_places_are_legal_and_the_order_of_the_input_does_not_matter(places, seed):
    whole = by_places(*places) if places else by_places((None, None))
    layout = arrange_geography(whole, {})
    if layout.reason is not None:
        assert all(place == (None, None) for place in places)
        return
    assert np.abs(layout.positions).max() <= 1
    order = np.random.default_rng(seed).permutation(len(whole))
    turned = arrange_geography(turn_input(whole, order), {})
    np.testing.assert_allclose(turned.positions, layout.positions[order], atol=1e-6)
