"""Capture facts from EXIF: the sane ones, and None for the rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from clipplot_pipeline.images.facts import CaptureFacts, capture_facts, orientation


def exif_of(details: dict | None = None, gps: dict | None = None) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 1
    if details:
        exif.get_ifd(0x8769).update(details)
    if gps:
        exif.get_ifd(0x8825).update(gps)
    return exif


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2004:07:15 13:45:01", "2004-07-15T13:45:01"),
        ("2004-07-15T13:45:01Z", "2004-07-15T13:45:01"),
        ("1850:01:01 00:00:00", "1850-01-01T00:00:00"),
        ("2004:07:15 13:45", "2004-07-15T13:45:00"),
        ("0000:00:00 00:00:00", None),
        ("2021:02:30 10:00:00", None),
        ("2021:13:01 10:00:00", None),
        ("1500:01:01 00:00:00", None),
        ("9999:01:01 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
        (2004, None),
    ],
)
def test_times(value, expected):
    assert capture_facts(exif_of({0x9003: value})).taken_at == expected


def test_the_original_time_goes_before_that_of_digitising():
    both = exif_of({0x9003: "1999:01:02 03:04:05", 0x9004: "2010:01:01 00:00:00"})
    assert capture_facts(both).taken_at == "1999-01-02T03:04:05"
    blank = exif_of({0x9003: "0000:00:00 00:00:00", 0x9004: "2010:01:01 00:00:00"})
    assert capture_facts(blank).taken_at == "2010-01-01T00:00:00"


@given(latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
def test_places_come_back_as_they_were_written(latitude, longitude):
    def dms(value):
        minutes, degrees = math.modf(abs(value))
        seconds, minutes = math.modf(minutes * 60)
        return (degrees, minutes, seconds * 60)

    gps = {
        1: "N" if latitude >= 0 else "S",
        2: dms(latitude),
        3: "E" if longitude >= 0 else "W",
        4: dms(longitude),
    }
    facts = capture_facts(exif_of(gps=gps))
    if round(latitude, 7) == 0 and round(longitude, 7) == 0:
        return
    assert facts.latitude == pytest.approx(latitude, abs=1e-6)
    assert facts.longitude == pytest.approx(longitude, abs=1e-6)


GOOD = {1: "N", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 0.0, 0.0)}


@pytest.mark.parametrize(
    "change",
    [
        {2: (91.0, 0.0, 0.0)},
        {4: (181.0, 0.0, 0.0)},
        {2: (IFDRational(0, 0), 0.0, 0.0)},
        {2: (float("nan"), 0.0, 0.0)},
        {2: (-10.0, 0.0, 0.0)},
        {2: "10 30"},
        {2: 10.5},
        {2: ()},
        {2: (1.0, 2.0, 3.0, 4.0)},
        {1: "X"},
        {1: 7},
        {1: ""},
        {3: None},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
    ],
    ids=str,
)
def test_an_insane_place_is_none(change):
    assert capture_facts(exif_of(gps=GOOD)) == CaptureFacts(None, 10.5, -20.0)
    assert capture_facts(exif_of(gps=GOOD | change)) == CaptureFacts()


def test_the_equator_is_a_place():
    assert capture_facts(exif_of(gps=GOOD | {2: (0.0, 0.0, 0.0)})).latitude == 0


def test_references_in_bytes_and_small_letters_are_read():
    assert capture_facts(exif_of(gps=GOOD | {1: b"s\0"})).latitude == -10.5


@pytest.mark.parametrize(("value", "expected"), [(1, 1), (8, 8), (0, 1), (9, 1), ("6", 1), (None, 1)])
def test_orientations(value, expected):
    exif = Image.Exif()
    if value is not None:
        exif[0x0112] = value
    assert orientation(exif) == expected
    assert orientation(None) == 1


def test_a_garbage_block_loses_the_facts_and_keeps_the_picture(photo, encode, open_bytes):
    data = encode(photo, exif=b"Exif\0\0" + bytes(range(7, 250)))
    facts, _ = open_bytes(data)
    assert (facts.taken_at, facts.latitude, facts.longitude) == (None, None, None)


def test_facts_are_read_from_a_file(photo, encode, open_bytes):
    exif = Image.Exif()
    exif.load(exif_of({0x9003: "1999:12:31 23:59:59"}, GOOD).tobytes())  # Pillow's TIFF writer wants it so
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        facts, _ = open_bytes(encode(photo, kind, exif=exif), "a.jpg")
        assert (facts.taken_at, facts.latitude, facts.longitude) == ("1999-12-31T23:59:59", 10.5, -20.0), kind


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("Leica\0\0junk", "", "Leica"),
        ("", "  X100\n V ", "X100 V"),
        (None, None, None),
        (" ", "\x01\x02", None),
        (b"Agfa", "Box", "Agfa Box"),
        (7, "Box", "Box"),
        ("A" * 500, None, "A" * 60),
    ],
)
def test_the_camera_is_make_and_model_in_printable_words(make, model, expected):
    tags = {0x010F: make, 0x0110: model}
    exif = Image.Exif()
    for tag, value in tags.items():
        if value is not None:
            exif[tag] = value
    assert capture_facts(exif).camera == expected


def test_no_serial_number_and_no_owner_is_kept(photo, encode, open_bytes):
    exif = Image.Exif()
    exif[0x0110] = "Box"
    exif[0x013B] = "AN OWNER"
    exif.get_ifd(0x8769).update({0xA431: "SERIAL-1", 0xA430: "AN OWNER", 0xA435: "SERIAL-2"})
    facts, rendition = open_bytes(encode(photo, exif=exif))
    assert facts.camera == "Box"
    assert "SERIAL" not in repr(facts)
    assert "OWNER" not in repr(facts)
    assert not rendition.getexif()
