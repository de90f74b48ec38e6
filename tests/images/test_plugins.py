"""Formats that plug-ins read: with the extra `formats`, and without."""

import io

import numpy as np
import pytest
from PIL import Image

from clipplot_pipeline.images import Limits, find_plugins, formats, open_one
from clipplot_pipeline.model import Reject, SourceImage

LIMITS = Limits(rendition_px=512, max_pixels=50_000_000)
READABLE = ("AVIF", *find_plugins())


def encoded(photo, kind, **options):
    formats.load_plugins()
    out = io.BytesIO()
    photo.save(out, kind, quality=90, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "JXL"])
def test_a_format_of_a_plugin_is_read_like_any_other(photo, open_bytes, kind):
    if kind not in READABLE:
        pytest.skip(f"no plug-in for {kind}")
    facts, rendition = open_bytes(encoded(photo, kind), f"a.{kind.lower()}")
    assert (facts.format, facts.width_px, facts.height_px) == (kind, 300, 200)
    shown, true = (np.asarray(picture.convert("RGB"), float) for picture in (rendition, photo))
    assert np.abs(shown - true).mean() < 6


def test_orientation_is_applied_once(photo, open_bytes):
    kind = "AVIF"  # in HEIF what EXIF says of it does not count: the container's own rotation does
    exif = Image.Exif()
    exif[0x0112] = 6
    facts, rendition = open_bytes(encoded(photo, kind, exif=exif), "a")
    assert (facts.width_px, facts.height_px) == (200, 300)
    true = np.asarray(photo.transpose(Image.Transpose.ROTATE_270), float)
    assert np.abs(np.asarray(rendition.convert("RGB"), float) - true).mean() < 6


@pytest.mark.parametrize(
    ("kind", "head", "said"),
    [("HEIF", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"), ("JXL", b"\xff\x0a" + bytes(30), "JPEG XL")],
)
def test_without_the_plugin_it_is_named(monkeypatch, kind, head, said):
    formats.prepare_pillow(LIMITS.max_pixels)
    monkeypatch.delitem(Image.OPEN, kind, raising=False)
    outcome = open_one(SourceImage("a", 1, "1"), lambda path: io.BytesIO(head), LIMITS)
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unsupported"
    assert said in outcome.reason
    assert "clipplot-pipeline[formats]" in outcome.reason


def test_a_plugin_that_comes_or_goes_opens_the_pictures_again(monkeypatch):
    from clipplot_pipeline import graph
    from clipplot_pipeline.settings import Settings

    versions = set()
    for found in ((), ("HEIF",), ("HEIF", "JXL")):
        monkeypatch.setattr(graph, "find_plugins", lambda found=found: found)
        versions.add(graph.build_graph(Settings())["images"].version)
    assert len(versions) == 3
