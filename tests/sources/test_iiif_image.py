"""Which size is asked for: large enough, no larger than is given, and only what the level offers."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.sources.iiif_image import ImageInfo, plan_requests, read_info

BASE = "https://images.example/iiif/a"
sides = st.integers(1, 30_000)


def size_of(url: str) -> str:
    found = re.fullmatch(re.escape(BASE) + r"/full/([^/]+)/0/(?:default|native)\.jpg", url)
    assert found
    return found[1]


def first(info: ImageInfo, short_px: int = 512) -> str:
    return size_of(plan_requests(info, short_px)[0])


def test_the_short_side_fits_the_rendition() -> None:
    assert first(ImageInfo(BASE, 2, 2, 6000, 4000)) == "768,"
    assert first(ImageInfo(BASE, 3, 2, 6000, 4000)) == "768,512"
    assert first(ImageInfo(BASE, 3, 1, 4000, 6000)) == "512,768"


def test_a_picture_is_never_enlarged_and_no_longer_than_renditions_are() -> None:
    assert first(ImageInfo(BASE, 2, 2, 300, 200)) == "full"
    assert first(ImageInfo(BASE, 3, 2, 300, 200)) == "max"
    assert first(ImageInfo(BASE, 3, 2, 40_000, 1_000)) == "4096,102"


def test_a_size_that_is_ready_is_preferred_to_one_that_must_be_computed() -> None:
    ready = ((375, 250), (1500, 1000), (3000, 2000))
    assert first(ImageInfo(BASE, 2, 2, 6000, 4000, ready)) == "1500,"
    assert first(ImageInfo(BASE, 2, 2, 6000, 4000, ready[2:])) == "768,", "too large to be worth it"


def test_level_0_gives_only_what_is_listed() -> None:
    ready = ((375, 250), (750, 500), (1500, 1000))
    assert first(ImageInfo(BASE, 2, 0, 6000, 4000, ready)) == "1500,"
    assert first(ImageInfo(BASE, 3, 0, 6000, 4000, ready)) == "1500,1000"
    assert first(ImageInfo(BASE, 2, 0, 6000, 4000)) == "full"
    assert first(ImageInfo(BASE, 3, 0, 6000, 4000)) == "max"
    small = plan_requests(ImageInfo(BASE, 3, 0, 6000, 4000, ready[:1]), 512)
    assert [size_of(url) for url in small] == ["max", "375,250", "375,"], (
        "the whole, else the largest there is"
    )


def test_limits_of_the_server_are_kept() -> None:
    assert first(ImageInfo(BASE, 3, 2, 6000, 4000, max_width_px=600, max_height_px=600)) == "600,400"
    assert first(ImageInfo(BASE, 3, 2, 4000, 6000, max_width_px=600, max_height_px=600)) == "400,600"
    assert first(ImageInfo(BASE, 3, 2, 5000, 5000, max_area_px=10_000)) == "100,100"


def test_version_1_calls_its_quality_native() -> None:
    assert plan_requests(ImageInfo(BASE, 1, 1, 6000, 4000), 512)[0] == f"{BASE}/full/768,/0/native.jpg"


@given(
    width=sides, height=sides, short=st.integers(64, 4096), version=st.sampled_from([2, 3]), most=st.integers(0, 9000)
)  # fmt: skip
def test_what_is_asked_for_is_allowed_and_large_enough(
    width: int, height: int, short: int, version: int, most: int
) -> None:
    info = ImageInfo(BASE, version, 2, width, height, max_width_px=most, max_height_px=most)
    text = first(info, short)
    if text in {"max", "full"}:
        asked = width, height
        if most and max(width, height) > most:
            return  # the server makes it fit
    else:
        told = text.split(",")
        asked = int(told[0]), int(told[1] or max(1, round(height * int(told[0]) / width)))
        assert asked[0] <= width
        assert asked[1] <= height + 1
        # Of a width alone, a whole number, the server makes the height: of a picture 1 px wide it may be too large by
        # all that a pixel of width stands for. A server that refuses that is asked for the next form.
        slack = 1 if told[1] else 1 + height / width
        assert not most or max(asked) <= most + slack
        assert max(asked) <= 4096 + slack
    is_limited = (most and max(width, height) * min(1, short / min(width, height)) > most) or (
        max(width, height) * short / min(width, height) > 4096
    )
    assert is_limited or min(asked) >= min(short, width, height) - 1


def test_info_is_read_whatever_the_version() -> None:
    two = {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": "http://hidden.internal/a",
        "width": 6000,
        "height": 4000,
        "sizes": [{"width": 1500, "height": 1000}, {"width": 150, "height": 100}, "odd", {"width": "x"}],
        "profile": ["http://iiif.io/api/image/2/level1.json", {"maxWidth": 2000, "formats": ["jpg"]}],
    }
    assert read_info(two, BASE) == ImageInfo(
        BASE, 2, 1, 6000, 4000, ((150, 100), (1500, 1000)), max_width_px=2000, max_height_px=2000
    )
    three = {
        "@context": ["http://example.org/more", "http://iiif.io/api/image/3/context.json"],
        "type": "ImageService3",
        "profile": "level0",
        "width": 100,
        "height": 50,
        "maxArea": 900,
    }
    assert read_info(three, BASE) == ImageInfo(BASE, 3, 0, 100, 50, max_area_px=900)
    one = {
        "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1",
        "width": 9, "height": 9,
    }  # fmt: skip
    assert read_info(one, BASE) == ImageInfo(BASE, 1, 1, 9, 9)


def test_what_is_no_info_is_none() -> None:
    for odd in (None, [], "x", {}, {"width": 0, "height": 5}, {"width": True, "height": 5}, {"width": "9"}):
        assert read_info(odd, BASE) is None
