"""What a site looks like beside its own looks: colours, fonts, a logo, links, a style of one's own.

Belongs here: checking them, and the files that they become. Does not belong here: reading them (``brand_files``), the
looks of a site that has none of this (``viewer_template``, ``templates``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.site.format import hash_bytes

#: What WCAG 2.2 asks of text (success criterion 1.4.3, level AA).
LEAST_CONTRAST = 4.5
#: How much of the ink is in what is said quietly.
SOFT = 0.68
STYLE = "brand.css"
HEADING_FONT, TEXT_FONT = "heading.woff2", "text.woff2"
_LOGOS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"RIFF", "webp"))
_WOFF2 = b"wOF2"


class Look(NamedTuple):
    """Three colours as ``#rrggbb``; empty: the site's own."""

    ground: str = ""
    ink: str = ""
    accent: str = ""


_PLAIN = Look()
#: The site's own colours (``theme.css``).
OWN_DARK = Look("#101113", "#eeebe5", "#edc882")
OWN_LIGHT = Look("#f5f3ee", "#211f1b", "#8c5a0c")


@dataclass(frozen=True, slots=True)
class Brand:
    """Everything of it.

    Attributes
    ----------
    dark, light : Look
        Colours of the two themes.
    logo : bytes
        PNG, WebP or SVG; empty: none.
    heading_font, text_font : bytes
        WOFF2; empty: the site's own.
    style : str
        CSS that comes after all other.
    links : tuple of (str, str)
        Title and address.

    Raises
    ------
    SettingsError
        If colours cannot be read on each other, or a file is not what it should be.
    """

    dark: Look = _PLAIN
    light: Look = _PLAIN
    logo: bytes = field(default=b"", repr=False)
    heading_font: bytes = field(default=b"", repr=False)
    text_font: bytes = field(default=b"", repr=False)
    style: str = field(default="", repr=False)
    links: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        _check_contrast(self.dark, OWN_DARK, "")
        _check_contrast(self.light, OWN_LIGHT, "_light")
        for key, data in (("heading_font", self.heading_font), ("text_font", self.text_font)):
            if data and not data.startswith(_WOFF2):
                raise SettingsError(
                    f"brand.{key}: the file is no WOFF2; convert the font to WOFF2 and name that file"
                )
        if self.logo:
            find_ending(self.logo)
        _check_style(self.style)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing of it."""
        return self == Brand()


def find_ending(logo: bytes) -> str:
    """Return ``png``, ``webp`` or ``svg`` by the content of a logo, or raise a SettingsError."""
    for start, ending in _LOGOS:
        if logo.startswith(start) and (ending != "webp" or logo[8:12] == b"WEBP"):
            return ending
    text = logo.decode("utf-8", "replace")
    if "<svg" not in text:
        raise SettingsError("brand.logo: the file is no SVG, PNG or WebP; save the logo as one of these")
    if re.search(r"<script|<[^>]*[\s/]on\w+\s*=|javascript:", text, re.I):
        raise SettingsError("brand.logo: the SVG holds a script; save the logo as a plain SVG without any")
    return "svg"


def _check_style(style: str) -> None:
    # The site's security policy would refuse it without a word to the one who wrote it.
    plain = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    if found := re.search(r"@import[^;]*|url\((?!\s*['\"]?\s*(?:data:|#))[^)]*\)?", plain, re.I):
        raise SettingsError(
            f"brand.css: {found.group()[:80]!r} would load another file; a site asks nobody for anything: write a "
            "picture into the style as `data:`, and name a font in brand.text_font"
        )


def _check_contrast(look: Look, own: Look, suffix: str) -> None:
    if not any(look):
        return
    ground, ink, accent = (ours or theirs for ours, theirs in zip(look, own, strict=True))
    soft = mix(ink, ground, SOFT)
    for key, color, least in (("accent", accent, LEAST_CONTRAST), ("ink", soft, LEAST_CONTRAST)):
        found = contrast(color, ground)
        if found < least:
            shown = accent if key == "accent" else ink
            raise SettingsError(
                f"brand.{key}{suffix}: {shown} on {ground} cannot be read well (a contrast of {found:.1f}"
                f"{', where it is soft' if key == 'ink' else ''}); expected at least {least}: take a "
                f"{'lighter' if luminance(ground) < 0.18 else 'darker'} one, or another brand.ground{suffix}"
            )


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(color: str, other: str, share: float) -> str:
    """Return a colour with that share of the first in sRGB, as CSS' ``color-mix(in srgb, …)`` mixes."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 to 1."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (v / 255 for v in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    high, low = sorted((luminance(color), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def parse_links(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return title and address of links written as ``Title = https://…``, or raise a SettingsError."""
    links = []
    for text in texts:
        title, _, address = (part.strip() for part in text.partition("="))
        if not title or not re.fullmatch(r"(https?://[^\s/]\S*|mailto:\S+@\S+)", address):
            raise SettingsError(
                f"brand.links: {text!r} is no link; expected a title, `=` and an address: `Our museum = https://museum.example`"
            )
        links.append((title, address))
    return tuple(links)


def plan_brand(brand: Brand, add: Callable[[str, bytes], str]) -> dict[str, Any]:
    """Plan the files of a brand; return what the manifest says of it: nothing where there is none.

    Parameters
    ----------
    brand : Brand
        Colours and files.
    add : callable
        Plans a file by path and content, and returns its path.
    """
    if brand.is_plain:
        return {}
    files = {HEADING_FONT: brand.heading_font, TEXT_FONT: brand.text_font, STYLE: write_style(brand).encode()}
    if brand.logo:
        files[f"logo.{find_ending(brand.logo)}"] = brand.logo
    files = {name: data for name, data in files.items() if data}
    folder = f"a/{hash_bytes(*(part for name in sorted(files) for part in (name.encode(), files[name])))}"
    paths = {name: add(f"{folder}/{name}", files[name]) for name in sorted(files)}
    logo = next((path for name, path in paths.items() if name.startswith("logo.")), None)
    links = [{"title": title, "url": address} for title, address in brand.links]
    return {"brand": {"style": paths[STYLE], "logo": logo, "files": list(paths.values()), "links": links}}


def write_style(brand: Brand) -> str:
    """Return the style sheet: the same for the viewer and for the pages that need no script."""
    parts = ["/* The looks of this site: clipplot.toml, [brand]. */"]
    fonts = ((brand.heading_font, "heading", HEADING_FONT), (brand.text_font, "text", TEXT_FONT))
    parts += [
        f"@font-face {{ font-family: 'brand {name}'; src: url('{file}') format('woff2'); font-display: swap; }}"
        for data, name, file in fonts
        if data
    ]
    families = []
    if brand.heading_font:
        families.append("--serif: 'brand heading', Georgia, serif;")
        parts.append("h1, h2, h3 { font-family: var(--serif); }")
    if brand.text_font:
        families.append("--sans: 'brand text', system-ui, sans-serif;")
        parts.append("body, .back, .numbers, table, summary, footer, .files { font-family: var(--sans); }")
    if families:
        parts.append(f":root {{ {' '.join(families)} }}")
    if dark := _write_look(brand.dark):
        parts.append(
            f"@media not (prefers-color-scheme: light) {{ :root:not([data-theme='light']) {{ {dark} }} }}"
        )
        parts.append(f":root[data-theme='dark'] {{ {dark} }}")
    if light := _write_look(brand.light):
        parts.append(
            f"@media (prefers-color-scheme: light) {{ :root:not([data-theme='dark']) {{ {light} }} }}"
        )
        parts.append(f":root[data-theme='light'] {{ {light} }}")
    return "\n".join([*parts, brand.style]).strip() + "\n"


def _write_look(look: Look) -> str:
    """Return the properties of a theme, with those that hang on them."""
    words = []
    if look.ground:
        words += [
            f"--ground: {look.ground}; --paper: {look.ground};",
            "--panel-solid: color-mix(in srgb, var(--ground) 95%, var(--ink));",
            "--panel: color-mix(in srgb, var(--panel-solid) 88%, transparent);",
            "--well: color-mix(in srgb, var(--ground) 96%, #808080);",
            "--halo: color-mix(in srgb, var(--ground) 92%, transparent);",
        ]
    if look.ground or look.ink:
        soft = f"color-mix(in srgb, var(--ink) {SOFT:.0%}, var(--ground))"
        words.append(f"--ink-soft: {soft}; --soft: color-mix(in srgb, var(--ink) {SOFT:.0%}, var(--paper));")
    if look.ink:
        words.append(f"--ink: {look.ink};")
    if look.accent:
        words.append(f"--accent: {look.accent};")
    return " ".join(words)
