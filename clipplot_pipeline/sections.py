"""The sections of ``clipplot.toml``: one model each, with range, unit, default and description of every knob.

Belongs here: the models of sections, but those of layouts (``layout_sections``). Does not belong here: the knobs
outside any section, reading them (``settings``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from clipplot_pipeline.embedder_packages import list_embedders


class Section(BaseModel):
    """What all sections share."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _check_embedder(name: str) -> str:
    installed = list_embedders()
    if name not in ("open_clip", "descriptor", "imported", *installed):
        there = f" ({', '.join(installed)})" if installed else " (there is none)"
        raise ValueError(
            f"expected `open_clip`, `descriptor` or `imported`, or an embedder that a package brings{there}"
        )
    return name


#: Name of an embedder: a built-in one, or the name of an entry point.
EmbedderName = Annotated[str, AfterValidator(_check_embedder)]


def _one_or_several(value: Any) -> Any:
    """Take one text for a list of it, and a list as the environment spells it (JSON)."""
    if not isinstance(value, str):
        return value
    try:
        parts = json.loads(value) if value.lstrip().startswith("[") else None
    except ValueError:
        parts = None
    return parts if isinstance(parts, list) else (value,) if value.strip() else ()


#: One text or several.
Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_one_or_several)]


class NeighborsSettings(Section):
    """The search for the nearest neighbours of every image."""

    exact_up_to: int = Field(
        100_000,
        ge=0,
        le=100_000_000,
        description="With more images neighbours come from an approximate index, whose recall is measured and told; "
        "0: always. A GPU (`open_clip.device`) compares all with all, up to some ten million. As many comparisons as "
        "this number of images takes are spent on a drop, which is searched for exactly. Unit: images.",
    )


class ClustersSettings(Section):
    """Groups of alike images, and their names."""

    levels: int = Field(
        3, ge=0, le=6, description="Levels of clusters, from continents to streets; 0: no clusters."
    )
    min_size: int = Field(
        5, ge=2, le=100_000, description="The smallest cluster of the finest level, in images."
    )


class ConceptsSettings(Section):
    """Words that the model guesses of the pictures (embedders that know words)."""

    per_image: int = Field(
        16,
        ge=0,
        le=64,
        description="Words kept of each image, by which it is found; 0: no words are guessed.",
    )
    packaged: bool = Field(
        True, description="Compare with the packaged words; otherwise only with those of `own_concepts`."
    )
    imported_from_open_clip: bool = Field(
        False,
        description="Ready-made vectors were made by `open_clip.model`: its text side gives their words. Some pictures "
        "are embedded to see whether it is so.",
    )


#: An address whose server is written out, or one placeholder that holds whole addresses.
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?/[^\s]*|\{[^{}]+\}")


def _check_link(link: str) -> str:
    if link and not _LINK.fullmatch(link):
        raise ValueError(
            "expected `https://server/…` with placeholders after the server, or one `{placeholder}`"
        )
    return link


class CloseupSettings(Section):
    """What opens when a picture is enlarged (see the guide to close-ups)."""

    kind: Literal["none", "picture", "tiles", "link", "iiif"] = Field(
        "none",
        description="`none`: the detail picture alone. `picture`: a larger JPEG in the site; `tiles`: a pyramid of "
        "tiles in the site, to zoom deep; both are cut when the originals are opened. `link`: a picture of another "
        "server. `iiif`: a IIIF image service of another server, to zoom deep.",
    )
    long_side_px: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Longer side of `picture` and `tiles`, at most; 0: that of the original. Smaller pictures stay as "
        "they are. Unit: px.",
    )
    quality: int = Field(85, ge=1, le=100, description="JPEG quality of `picture` and `tiles`.")
    link: Annotated[str, AfterValidator(_check_link)] = Field(
        "",
        max_length=1000,
        description="Address for `link` and `iiif`: `https://server/…` with `{path}`, `{name}`, `{stem}`, `{id}` or a "
        "field of the table in it; or one placeholder, where a field holds whole addresses. Empty with `iiif`: the "
        "services that the source's own IIIF manifests name.",
    )
    host: str = Field(
        "",
        max_length=260,
        pattern=r"^([a-z0-9.-]+(:\d+)?)?$",
        description="The one server that pictures come from, where addresses name several; the others are left out.",
    )

    @property
    def is_cut(self) -> bool:
        """Whether close-ups are made of the originals."""
        return self.kind in ("picture", "tiles")


class AutomationSettings(Section):
    """What Dagster's daemon does by itself."""

    drops: bool = Field(
        True,
        description="Look for new pictures, and carry them to the site once they are whole.",
    )
    watch: str = Field(
        "",
        description="What is looked at: an inbox folder, or a file that changes with every drop; or its URL. Empty: "
        "the folders of `source`.",
    )
    every_s: int = Field(30, ge=5, le=86_400, description="How often to look. Unit: s.")
    quiet_s: int = Field(
        10,
        ge=3,
        le=86_400,
        description="A drop is taken once nothing has changed for so long; single files that changed since are left "
        "for the next time. Unit: s.",
    )
    nightly: bool = Field(
        False,
        description="Scan the whole source by schedule: this also finds pictures that were changed in place.",
    )
    cron: str = Field("0 3 * * *", description="When, as cron has it: minute, hour, day, month, weekday.")
    timezone: str = Field("UTC", description="Time zone of `cron`, as in `Europe/Paris`.")
    fresh_h: int = Field(
        0,
        ge=0,
        le=8_784,
        description="A site that was not compared with the source for so long is marked as overdue in Dagster's "
        "interface. 0: where `nightly` is on, after a scan that was missed; else never. Unit: h.",
    )


class HttpSettings(Section):
    """Pictures that web servers give: IIIF, and lists of addresses."""

    per_host: int = Field(2, ge=1, le=64, description="Requests to one server at a time.")
    delay_s: float = Field(
        0.1, ge=0.0, le=60.0, description="Time between two requests to one server, at least. Unit: s."
    )
    timeout_s: int = Field(60, ge=1, le=3_600, description="A request that takes longer has failed. Unit: s.")
    tries: int = Field(
        5, ge=1, le=20, description="How often a request is sent that fails in passing; pauses grow between."
    )
    max_megabytes: int = Field(
        100, ge=1, le=10_000, description="An answer that is larger is rejected. Unit: MB."
    )
    recheck_s: int = Field(
        3600,
        ge=0,
        le=31_536_000,
        description="How long a manifest counts as unchanged before its server is asked again, the one that `source` "
        "names apart; 0: ask with every build. Unit: s.",
    )
    check_pictures: bool = Field(
        False,
        description="Ask with every build whether the pictures of a list of addresses have changed: a small request a "
        "picture.",
    )
    private_network: bool = Field(
        False,
        description="Fetch from this machine itself and from private networks, even where the list or manifest lies "
        "elsewhere (a file on a disk, or a server of the open web).",
    )
    column: str = Field(
        "",
        description="Column of a list that holds the addresses of the pictures. Empty: the first of `image_url`, "
        "`url`, `image`, `link` and their like whose cells are addresses.",
    )
    contact: str = Field(
        "",
        max_length=200,
        pattern=r"^[ -~]*$",
        description="Address of yours that servers are told, as good manners ask for: `mailto:me@example.org`.",
    )


#: The settings of a brand that name files.
BRAND_FILES = ("logo", "heading_font", "text_font", "css")
#: Settings of sections that hold a path, by their dotted keys.
SECTION_PATHS = ("automation.watch", *(f"brand.{key}" for key in BRAND_FILES))
#: A colour as HTML writes it, or nothing.
_COLOR = r"^(#[0-9a-fA-F]{6})?$"


class BrandSettings(Section):
    """The looks of the site: colours, logo, fonts, links of one's own (see the guide to branding)."""

    logo: str = Field(
        "", description="Picture beside the title: SVG, PNG or WebP, at most 2 MB. Empty: none."
    )
    accent: str = Field("", pattern=_COLOR, description="Colour of what is chosen and linked: `#edc882`.")
    accent_light: str = Field("", pattern=_COLOR, description="The same in the light theme.")
    ground: str = Field("", pattern=_COLOR, description="Colour behind the pictures: `#101113`.")
    ground_light: str = Field("", pattern=_COLOR, description="The same in the light theme.")
    ink: str = Field("", pattern=_COLOR, description="Colour of the words: `#eeebe5`.")
    ink_light: str = Field("", pattern=_COLOR, description="The same in the light theme.")
    heading_font: str = Field(
        "", description="Font of titles: a WOFF2 file, at most 2 MB. Empty: of the reader's machine."
    )
    text_font: str = Field("", description="Font of all other words: a WOFF2 file, at most 2 MB.")
    css: str = Field(
        "", description="A style sheet of one's own, which comes after all others, at most 2 MB."
    )
    links: Texts = Field(
        (),
        max_length=8,
        description="Links in the menu and on the About page: `Our museum = https://museum.example`.",
    )

    def map_files(self, change: Callable[[str], str]) -> BrandSettings:
        """Return the same with the paths of all files changed."""
        return self.model_copy(update={key: change(getattr(self, key)) for key in BRAND_FILES})


class OpenClipSettings(Section):
    """The neural embedder (`embedder = "open_clip"`)."""

    model: str = Field(
        "ViT-B-32-256",
        description="OpenCLIP's name of the model, or `local-dir:FOLDER` with a model that OpenCLIP saved.",
    )
    pretrained: str = Field(
        "datacomp_s34b_b86k", description="OpenCLIP's tag of the weights; unused with `local-dir:`."
    )
    trained_as: str = Field(
        "",
        description="Where `pretrained` is a file of weights: the tag of the same model that it was trained like, "
        "which decides how pictures are prepared. Empty: asked for where it is not plain.",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?(,cuda:\d+)*)$",
        description="Where the model runs: `cpu`, `mps`, `cuda` (one card), or cards by number (`cuda:0,cuda:2`), "
        "which share the work. `auto`: all CUDA cards in sight, else mps, else the CPU. Neighbours of 20,000 images "
        "and more are sought on the first of them, whatever the embedder.",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="Numbers that the model computes with; `auto`: bf16 on CUDA, else fp32."
    )
    batch_size: int = Field(
        0,
        ge=0,
        le=8192,
        description="Pictures that go through the model at once; 0: as many as suit the device. Where memory does not "
        "suffice they are halved.",
    )
