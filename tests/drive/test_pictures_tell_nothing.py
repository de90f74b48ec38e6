"""A whole site of pictures full of metadata: what is published shows pictures, and tells nothing of their makers."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.report import describe_status
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from tests.pictures import draw_picture

pytestmark = pytest.mark.pipeline
SECRET = "SECRETWORD"
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{SECRET}</dc:creator></x:xmpmeta>'.encode()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = tmp_path_factory.mktemp("private")
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = SECRET, SECRET
    exif.get_ifd(0x8769).update({0xA431: SECRET, 0x9286: SECRET})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.5), 3: "E", 4: (2.0, 21.0, 7.9)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for number in range(12):
        path = draw_picture(project / "images" / f"{number:02}.png", number, (700, 520))
        kind = ("JPEG", "PNG", "WEBP")[number % 3]
        with Image.open(path) as picture:
            picture.load()
        path.unlink()
        size = picture if number % 2 else picture.resize((96, 72))
        more = {"xmp": XMP} if kind != "PNG" else {}
        more |= {"comment": SECRET} if kind == "JPEG" else {}
        more |= {"exif": exif, "icc_profile": (srgb, profile)[number % 2]}
        size.save(path.with_suffix(f".{kind.lower()}"), kind, **more)
    half = next((project / "images").glob("*.jpeg"))
    (project / "images" / "half.jpeg").write_bytes(half.read_bytes()[: half.stat().st_size * 2 // 3])
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        options = {"source": str(project / "images"), "embedder": "descriptor", "allow_truncated": True}
        report = build(project, options, say=lambda _: None)
    assert report.failed == []
    return project


def test_no_published_picture_carries_metadata(site):
    pictures = 0
    for path in (site / "site").rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        assert SECRET.encode() not in data, path
        found = [data] if data.startswith(b"\xff\xd8\xff") else []
        # packs and boot blocks hold pictures one after the other
        found += [data[match.start() :] for match in re.finditer(rb"RIFF....WEBPVP8", data, re.DOTALL)]
        for one in found:
            with Image.open(io.BytesIO(one)) as picture:
                picture.load()
                assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info), path
                assert not picture.getexif(), path
            pictures += 1
    assert pictures > 13  # a large one of each, and tiles


def test_cut_off_pictures_are_named(site):
    settings = load_settings(Path(site))
    assert describe_status(Ledger(settings), [])["cut_off"] == ["half.jpeg"]
