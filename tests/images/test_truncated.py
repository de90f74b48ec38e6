"""Pictures that break off: rejects, or taken as far as they go and said to be so."""

import pytest

from clipplot_pipeline.images.decode import CUT_OFF
from clipplot_pipeline.model import ImageFacts, Reject


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("BMP", "a.bmp")])
def test_half_a_picture(photo, encode, open_files, open_bytes, kind, name):
    whole = encode(photo, kind)
    half = whole[: len(whole) // 2]
    (refused,) = open_files({name: half})
    assert isinstance(refused, Reject)
    assert "`allow_truncated`" in refused.reason
    facts, rendition = open_bytes(half, name, allow_truncated=True)
    assert facts.note == CUT_OFF
    assert rendition.size == photo.size
    top = rendition.crop((0, 0, 300, 60)) if kind != "BMP" else rendition.crop((0, 140, 300, 200))
    true = photo.crop((0, 0, 300, 60)) if kind != "BMP" else photo.crop((0, 140, 300, 200))
    difference = sum(
        abs(a - b) for a, b in zip(top.convert("L").tobytes(), true.convert("L").tobytes(), strict=True)
    ) / (300 * 60)
    assert difference < 6  # what is there is shown


def test_whole_pictures_come_out_the_same_and_without_a_note(photo, encode, open_files):
    files = {"a.jpg": encode(photo), "b.png": encode(photo, "PNG"), "c.gif": encode(photo, "GIF")}
    strict = open_files(files)
    assert open_files(files, allow_truncated=True) == strict
    assert all(isinstance(outcome, ImageFacts) and outcome.note is None for outcome in strict)


def test_a_worker_forgets_between_pictures(photo, encode, open_files):
    half = encode(photo)[:2500]
    assert isinstance(open_files({"a.jpg": half}, allow_truncated=True, workers=1)[0], ImageFacts)
    assert isinstance(open_files({"a.jpg": half}, workers=1)[0], Reject)


def test_a_header_alone_is_no_picture(photo, encode, open_files):
    whole = encode(photo)
    (outcome,) = open_files({"a.jpg": whole[: whole.index(b"\xff\xda") + 14]}, allow_truncated=True)
    assert isinstance(outcome, Reject)


def test_damage_is_not_truncation(open_files):
    (outcome,) = open_files({"a.png": b"\x89PNG\r\n\x1a\nbroken"}, allow_truncated=True)
    assert isinstance(outcome, Reject)
