"""The looks of a site: checked before anything is made, published with it, and asking nobody for anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.sections import BrandSettings
from clipplot_pipeline.site.brand import (
    LEAST_CONTRAST,
    SOFT,
    Brand,
    Look,
    contrast,
    find_ending,
    mix,
    parse_links,
    write_style,
)
from clipplot_pipeline.site.brand_files import read_brand, tag_brand
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.garbage import find_garbage
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.verify import verify_site
from tests.site.conftest import Collection

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
FONT = b"wOF2 and what follows"
BRAND = Brand(
    dark=Look(accent="#9fd0a8"),
    light=Look("#ffffff", "#101010", "#2f6b3c"),
    logo=LOGO,
    heading_font=FONT,
    style=".names { letter-spacing: 0.1em; }",
    links=(("Our <b>museum</b>", "https://museum.example/?a=1&b=2"),),
)
COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLORS, COLORS)
def test_contrast_is_that_of_wcag(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21
    assert contrast(one, one) == 1
    assert mix(one, other, 1) == one
    assert mix(one, other, 0) == other


def test_known_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLORS, COLORS, COLORS)
def test_what_is_taken_can_be_read(ground: str, ink: str, accent: str) -> None:
    look = Look(ground, ink, accent)
    if min(contrast(accent, ground), contrast(mix(ink, ground, SOFT), ground)) < LEAST_CONTRAST:
        with pytest.raises(SettingsError, match="cannot be read well"):
            Brand(dark=look)
    else:
        assert contrast(ink, ground) >= LEAST_CONTRAST
        assert Brand(dark=look).dark == look


@pytest.mark.parametrize(
    ("brand", "words"),
    [
        ({"dark": Look(accent="#333333")}, "brand.accent: #333333 on #101113 cannot be read well"),
        ({"light": Look(accent="#eeeeaa")}, "brand.accent_light"),
        ({"light": Look(ink="#999999")}, "brand.ink_light"),
        ({"logo": b"GIF89a"}, "brand.logo: the file is no SVG, PNG or WebP"),
        ({"logo": b"<svg><script>alert(1)</script></svg>"}, "holds a script"),
        ({"logo": b"<svg/onload='alert(1)'></svg>"}, "holds a script"),
        ({"text_font": b"OTTO"}, "brand.text_font: the file is no WOFF2"),
        ({"style": "@import 'https://fonts.example/a.css';"}, "would load another file"),
        ({"style": "body { background: url(https://a.example/b.png) }"}, "would load another file"),
    ],
)
def test_what_is_wrong_is_told(brand: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        Brand(**brand)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["museum.example", "Evil = javascript:alert(1)", "= https://a.example", "A = https://"]
)
def test_what_is_no_link_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="is no link"):
        parse_links((text,))


@pytest.mark.parametrize(
    "style",
    [
        "body { background: url('data:image/png;base64,AAAA') }",
        ".logo { filter: url(#grey) }",
        "/* no @import, no url(https://a.example) */ a { color: red }",
    ],
)
def test_what_loads_nothing_is_fine_in_a_style(style: str) -> None:
    assert Brand(style=style).style


@pytest.mark.parametrize(
    "logo", [b"<!-- " + b"licence " * 900 + b"-->" + LOGO, b"<svg><text>Stage one = two</text></svg>"]
)
def test_a_plain_drawing_is_fine_as_a_logo(logo: bytes) -> None:
    assert find_ending(logo) == "svg"


def test_files_are_read_and_their_change_is_noticed(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(LOGO)
    settings = BrandSettings(logo=str(logo), links=("Our museum = https://museum.example",))
    assert read_brand(settings).logo == LOGO
    before = tag_brand(settings)
    logo.write_bytes(LOGO.replace(b"circle", b"ellips"))
    assert tag_brand(settings) != before
    assert tag_brand(BrandSettings()) == ""
    with pytest.raises(SettingsError, match=r"brand\.css: .*missing\.css cannot be read"):
        read_brand(BrandSettings(css=str(tmp_path / "missing.css")))
    logo.rename(tmp_path / "away.svg")
    assert tag_brand(settings) not in {"", before}
    (tmp_path / "away.svg").rename(logo)
    logo.write_bytes(LOGO)
    assert tag_brand(settings) == before


def test_a_site_carries_its_looks(collection: Collection, viewer: Path, tmp_path: Path) -> None:
    url = str(tmp_path / "site")
    plan = build_site(replace(collection.content, brand=BRAND), viewer)
    publish(plan, url, collection.details)
    assert verify_site(url).problems == ()
    manifest = json.loads((tmp_path / "site" / "manifest.json").read_bytes())
    brand = manifest["brand"]
    assert (tmp_path / "site" / brand["logo"]).read_bytes() == LOGO
    style = (tmp_path / "site" / brand["style"]).read_text(encoding="utf-8")
    assert style == write_style(BRAND)
    assert style.index("--accent: #9fd0a8") < style.index(".names")
    about = (tmp_path / "site" / manifest["about"]).read_text(encoding="utf-8")
    assert f"../../{brand['style']}" in about
    assert "Our &lt;b&gt;museum&lt;/b&gt;" in about
    assert "font-src 'self'" in about
    page = (tmp_path / "site" / manifest["pages"]["folder"] / "1.html").read_text(encoding="utf-8")
    assert f"../../../{brand['logo']}" in page

    files = [file.path for file in (*plan.files, *plan.root_files)]
    checked = read_manifest(json.dumps(manifest).encode())
    assert find_garbage(files, plan.image_ids, checked) == []
    without = read_manifest(json.dumps(build_site(collection.content, viewer).manifest).encode())
    assert set(brand["files"]) <= set(find_garbage(files, plan.image_ids, without))

    (tmp_path / "site" / brand["logo"]).unlink()
    assert any(brand["logo"] in problem for problem in verify_site(url).problems)


def test_a_site_without_looks_says_nothing_of_them(collection: Collection, viewer: Path) -> None:
    plan = build_site(collection.content, viewer)
    assert "brand" not in plan.manifest
    assert not any(file.path.startswith("a/") for file in plan.files)
