"""The sections of ``clipplot.toml`` that shape layouts: one model each, with range, unit, default and description.

Belongs here: ``layouts.…``. Does not belong here: the other sections and what all share (``sections``), arranging
(``layouts``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from clipplot_pipeline.sections import Section, Texts
from clipplot_pipeline.variants import Variant, parse_variant


class UmapSettings(Section):
    """The map of similarity."""

    n_neighbors: int = Field(
        15, ge=2, le=200, description="Neighbours that UMAP looks at: more shows the large view."
    )
    min_dist: float = Field(
        0.1, ge=0.0, le=1.0, description="How close UMAP packs alike images: less makes denser heaps."
    )
    seed: int = Field(
        1, ge=0, le=2**31 - 1, description="Start of the random numbers: the same seed gives the same map."
    )
    refit_share: float = Field(
        0.2,
        ge=0.0,
        le=1.0,
        description="Share of images that came since the map was made, beyond which it is made anew; until then new "
        "images are placed among the old ones, which stay where they are.",
    )
    fit: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Raise it to have the map made anew now, starting from the old one.",
    )
    spread_below: int = Field(
        20_000,
        ge=0,
        le=100_000,
        description="With fewer images the map is also laid out with room for every picture; 0: never. Unit: images.",
    )
    target: str = Field(
        "",
        description="Field of categories whose values are drawn together, where the table has them: the map then "
        "shows the table as well as the likeness, and says so. Empty: likeness alone.",
    )
    target_weight: float = Field(
        0.5, ge=0.0, le=1.0, description="How strongly `target` draws: 0 hardly, 1 with all force."
    )
    variants: Texts = Field(
        (),
        max_length=8,
        description="More maps of similarity, each a layout of the menu: `n_neighbors=50, min_dist=0.5`, or "
        "`target=genre, title=By genre`; what a line leaves out is as above. See the guide to layouts.",
    )

    @field_validator("variants")
    @classmethod
    def _variants_differ(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        names = [parse_variant(line).name for line in lines]
        for line, name in zip(lines, names, strict=True):
            if names.count(name) > 1:
                raise ValueError(f"{line!r}: two lines ask for the same map; expected each once")
        return lines

    @property
    def parsed_variants(self) -> tuple[Variant, ...]:
        """What `variants` asks for."""
        return tuple(parse_variant(line) for line in self.variants)

    @property
    def most_neighbors(self) -> int:
        """Neighbours that the widest of the maps looks at, the image itself left out."""
        own = [variant.n_neighbors or 0 for variant in self.parsed_variants]
        return max(self.n_neighbors, *own, 0) - 1


class PcaSettings(Section):
    """Images by their principal components."""

    refit_share: float = Field(
        0.2,
        ge=0.0,
        le=1.0,
        description="Share of images that came since the axes were computed, beyond which they are computed anew; "
        "until then new images are placed on them, and old ones stay where they are.",
    )
    fit: int = Field(0, ge=0, le=2**31 - 1, description="Raise it to have the axes computed anew now.")


class TimelineSettings(Section):
    """Images in the order of time."""

    field: str = Field(
        "", description="Field that dates the images. Empty: `year`, or else the first field of dates."
    )
    unit: Literal["auto", "hour", "day", "week", "month", "quarter", "year", "decade", "century"] = Field(
        "auto", description="Length of a bin; never shorter than the dates are known. `auto`: as suits them."
    )


class CategoriesSettings(Section):
    """Images by the values of a field."""

    field: str = Field("", description="Field to sort by. Empty: the first field of categories.")
    most: int = Field(
        60, ge=2, le=500, description="Values that have an area of their own; the rarer ones share one."
    )


class CustomSettings(Section):
    """Images where the table puts them."""

    x: str = Field("x", description="Field of numbers that run to the right.")
    y: str = Field("y", description="Field of numbers that run upwards.")


class LayoutsSettings(Section):
    """Layouts, each with its own section."""

    umap: UmapSettings = UmapSettings()
    pca: PcaSettings = PcaSettings()
    timeline: TimelineSettings = TimelineSettings()
    categories: CategoriesSettings = CategoriesSettings()
    custom: CustomSettings = CustomSettings()
