"""The settings: every knob once, with its range, unit, default and description.

``clipplot.toml``, the environment (``CLIPPLOT_…``), options and the reference in the docs are all made from the models
below. Options come before the environment, that before the file, that before the defaults.

Belongs here: the models, reading them with errors that name the key. Does not belong here: what a setting does (stages
are handed plain values), which asset depends on which setting (``graph``).
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import partial, reduce
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.layout_sections import LayoutsSettings
from clipplot_pipeline.paths import LOCAL_MODEL, PATH_KEYS, locate_path, map_texts, relate_path, resolve_path
from clipplot_pipeline.sections import (
    AutomationSettings,
    BrandSettings,
    CloseupSettings,
    ClustersSettings,
    ConceptsSettings,
    EmbedderName,
    HttpSettings,
    NeighborsSettings,
    OpenClipSettings,
    Texts,
)

FILE_NAME = "clipplot.toml"
ENV_PREFIX = "CLIPPLOT_"
#: Variables that are not settings: read by the command line, the definitions and the tests.
OTHER_VARIABLES = frozenset({"CLIPPLOT_PROJECT", "CLIPPLOT_SALT", "CLIPPLOT_CHROMIUM"})


class Settings(BaseSettings):
    """The settings of one collection."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    _project: Path | None = PrivateAttr(None)

    slug: str = Field(
        "collection",
        pattern=r"^[a-z][a-z0-9_]{0,40}$",
        description="Short name of the collection in Dagster and in the store: a letter, then letters, digits, _.",
    )
    title: str = Field("Untitled collection", max_length=200, description="Title of the site.")
    tagline: str = Field("", max_length=300, description="One line under the title.")
    description: str = Field(
        "", max_length=5000, description="What the collection is: a paragraph for the About page."
    )
    language: str = Field(
        "en", pattern=r"^[a-zA-Z-]{2,12}$", description="Language of the site in HTML: `en`, `fr`, `pt-BR`."
    )
    source: str = Field(
        "",
        description="Folder of images, or its URL (`s3://…`); a pattern of files in it (`scans/**/*.jpg`); tar "
        "files of webdataset (`shards/*.tar`, or their folder); Parquet with pictures in it (`data/*.parquet`, or "
        "their folder); what img2dataset wrote; a IIIF manifest or collection (`https://…/manifest.json`); or a "
        "list of addresses of pictures (`.txt`, `.csv` …).",
    )
    include: Texts = Field((), description="Patterns of paths to take, as in `*.tif`. Empty: all.")
    exclude: Texts = Field((), description="Patterns of paths to leave out, as in `drafts/*`.")
    metadata: Texts = Field(
        (),
        description="Tables about the images (CSV, TSV, JSON, JSON Lines, Parquet), or their URLs; of a folder or "
        "pattern all files together are one table. Empty: `metadata.csv`, `.jsonl` or `.parquet` among the images.",
    )
    own_clusters: str = Field(
        "",
        description="A table of clusters of one's own and of names for those that are found, or its URL: columns "
        "`filename`, `cluster`, `name`, `level`; see the guide to reading the map. Empty: none.",
    )
    own_concepts: str = Field(
        "",
        description="A text file of words that pictures are compared with besides the packaged ones, or its URL; "
        "`- word` leaves a packaged word out; see the guide to models. Empty: none.",
    )
    store: str = Field(".clipplot/store", description="Where everything computed is kept: a folder or URL.")
    site: str = Field("site", description="Where the site is published: a folder or URL.")
    embedder: EmbedderName = Field(
        "open_clip",
        description="What turns pictures into vectors: `open_clip` sees meaning and needs the extra `clip`;"
        " `descriptor` sees colour, texture and composition and needs no download; `imported` takes the "
        "ready-made `vectors`; or the name of an embedder that an installed package brings.",
    )
    vectors: Texts = Field(
        (),
        description='Ready-made vectors for `embedder = "imported"`: a folder of clip-retrieval, Parquet with a column '
        "of vectors, a `.npy` (then its list of paths), PixPlot's `image-vectors`; files, folders, patterns or URLs.",
    )
    vectors_model: str = Field(
        "", max_length=200, description="What made the vectors. Empty: as far as the files tell it."
    )
    open_clip: OpenClipSettings = OpenClipSettings()
    shard_size: int = Field(
        1000, ge=1, le=100_000, description="Images a shard holds at most: the unit of work. Unit: images."
    )
    rendition_px: int = Field(
        512, ge=64, le=4096, description="Short side of the picture kept of each image. Unit: px."
    )
    max_pixels: int = Field(
        400_000_000,
        ge=1_000_000,
        le=10_000_000_000,
        description="A picture with more pixels is rejected as a decompression bomb.",
    )
    allow_truncated: bool = Field(
        False, description="Take pictures that break off as far as they go, instead of rejecting them."
    )
    picture_timeout_s: int = Field(
        60, ge=1, le=86_400, description="A picture that takes longer to open is rejected. Unit: s."
    )
    picture_memory_mb: int = Field(
        4096,
        ge=0,
        le=1_000_000,
        description="A picture that needs more memory is rejected (on Linux); 0: no limit. Unit: MB.",
    )
    workers: int = Field(
        0, ge=0, le=1024, description="Pictures that are decoded and encoded at a time; 0: one a core."
    )
    primary_layout: Literal["umap", "pca"] = Field(
        "umap",
        description="The layout that the site opens with. Another one orders tiles, groups and the layouts of the "
        "table anew.",
    )
    neighbors_k: int = Field(32, ge=2, le=256, description="Neighbours kept of every image.")
    neighbors: NeighborsSettings = NeighborsSettings()
    layouts: LayoutsSettings = LayoutsSettings()
    clusters: ClustersSettings = ClustersSettings()
    concepts: ConceptsSettings = ConceptsSettings()
    tile_quality: int = Field(70, ge=1, le=100, description="WebP quality of the thumbnails.")
    detail: Literal["rendition", "none"] = Field(
        "rendition", description="Large picture in the detail panel: the rendition, or none."
    )
    closeup: CloseupSettings = CloseupSettings()
    publish_coordinates: bool = Field(
        False,
        description="Publish places that the pictures' own EXIF data hold; the table's always count as published.",
    )
    plain_pages_below: int = Field(
        250_000,
        ge=0,
        le=100_000_000,
        description="With fewer images the site also lists every picture on plain pages, for readers without scripts "
        "and to print; 0: never. They are made anew with every build, some 600 bytes an image. Unit: images.",
    )
    sensitive: Texts = Field(
        (),
        description="Categories and tags whose pictures are blurred until somebody asks for them: a value of any such "
        "field, or `field=value`; in any case.",
    )
    publish_embeddings: bool = Field(False, description="Put the vectors into the site's `images.parquet`.")
    takedown_max_age: int = Field(
        3600, ge=0, le=31_536_000, description="How long browsers may keep a published picture. Unit: s."
    )
    grace_hours: int = Field(
        24,
        ge=0,
        le=8_760,
        description="How long files of older builds stay at the site for those who have one open, removed pictures "
        "apart; after that the next publishing deletes them. Unit: h.",
    )
    brand: BrandSettings = BrandSettings()
    automation: AutomationSettings = AutomationSettings()
    http: HttpSettings = HttpSettings()
    id_column: str = Field(
        "",
        description="Column of the table that gives the public image ids. Empty: ids are made by clipplot.",
    )

    @field_validator("title")
    @classmethod
    def _title_has_words(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("expected at least one word")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what `load_settings` hands over, which has merged the sources by precedence."""
        return (init_settings,)

    def pick(self, keys: tuple[str, ...]) -> dict[str, Any]:
        """Return the values of dotted keys (``layouts.umap``), an asset's slice; paths are told from the project."""
        picked: dict[str, Any] = {}
        for key in keys:
            value: Any = reduce(getattr, key.split("."), self)
            if key in (*PATH_KEYS, "open_clip.model", "open_clip.pretrained"):
                value = map_texts(value, self.relate)
            elif key == "brand":
                value = value.map_files(self.relate)
            picked[key] = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        return picked

    def relate(self, path: str) -> str:
        """Return a path inside the project folder as it is seen from there; any other text as it is."""
        return relate_path(self._project, path)

    def locate(self, path: str) -> str:
        """Return the path that `relate` told, absolute."""
        return locate_path(self._project, path)


class Knob(BaseModel):
    """One setting, flattened, for options, templates and docs."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    key: str
    info: FieldInfo

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return ENV_PREFIX + self.key.upper().replace(".", "__")

    @property
    def range(self) -> str:
        """The allowed values, in words."""
        bounds = {type(m).__name__: m for m in self.info.metadata}
        low, high = bounds.get("Ge"), bounds.get("Le")
        if low is not None and high is not None:
            return f"{low.ge:,} to {high.le:,}"
        choices = getattr(self.info.annotation, "__args__", ())
        if choices and all(isinstance(c, str) for c in choices):
            return " or ".join(f"`{c}`" for c in choices)
        if self.info.annotation is bool:
            return "true or false"
        return "text" if self.info.annotation is str else "list of text"


def iterate_knobs(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[Knob]:
    """Yield every setting in the order of definition, sections flattened to dotted keys."""
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from iterate_knobs(kind, f"{prefix}{name}.")
        else:
            yield Knob(key=prefix + name, info=info)


def load_settings(project: Path, options: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings of a project folder.

    Parameters
    ----------
    project : Path
        The folder that holds ``clipplot.toml``; the file may be absent.
    options : mapping, optional
        Dotted keys with values from the command line; they come first. Their paths must be absolute.

    Returns
    -------
    Settings
        With absolute paths.

    Raises
    ------
    SettingsError
        For the first wrong key or value, naming where it stands and the nearest right name.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for where, values in (
        (FILE_NAME, _flatten(_read_toml(project / FILE_NAME))),
        ("the environment", _read_environment()),
        ("the options", dict(options or {})),
    ):
        for key, value in values.items():
            _check_key(key, where)
            merged[key] = value
            origin[key] = where
    try:
        settings = Settings(**_nest(merged))
    except ValidationError as error:
        raise _explain(error, origin) from None
    resolve = partial(resolve_path, project)
    changes = {key: map_texts(getattr(settings, key), resolve) for key in PATH_KEYS}
    watch = {"watch": resolve(settings.automation.watch)}
    changes["automation"] = settings.automation.model_copy(update=watch)
    changes["brand"] = settings.brand.map_files(resolve)
    neural = settings.open_clip
    if neural.model.startswith(LOCAL_MODEL):
        folder = resolve(neural.model.removeprefix(LOCAL_MODEL))
        changes["open_clip"] = neural.model_copy(update={"model": LOCAL_MODEL + folder})
    elif neural.pretrained and (project / neural.pretrained).is_file():
        changes["open_clip"] = neural.model_copy(update={"pretrained": resolve(neural.pretrained)})
    settings = settings.model_copy(update=changes)
    settings._project = project.resolve()
    return settings


def make_slug(name: str) -> str:
    """Return a legal slug made of any text, such as a folder's name."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return (words if words[:1].isalpha() else f"c_{words}".rstrip("_"))[:40] or "collection"


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: not valid TOML ({error}); mend that line or write a new file with `clipplot init`"
        ) from None


def _read_environment() -> dict[str, Any]:
    ours = {k for k in os.environ if k.upper().startswith(ENV_PREFIX) and k.upper() not in OTHER_VARIABLES}
    for name in sorted(ours):
        _check_key(name[len(ENV_PREFIX) :].lower().replace("__", "."), f"the environment variable {name}")
    return _flatten(EnvSettingsSource(Settings)())


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    sections = {k.key.rsplit(".", 1)[0] for k in iterate_knobs() if "." in k.key}
    sections |= {s.split(".")[0] for s in sections}
    for key, value in values.items():
        if isinstance(value, Mapping) and prefix + key in sections:
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *sections, name = key.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return nested


def _check_key(key: str, where: str) -> None:
    known = [knob.key for knob in iterate_knobs()]
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    advice = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    raise SettingsError(f"{where}: there is no setting `{key}`; {advice}")


def _explain(error: ValidationError, origin: Mapping[str, str]) -> SettingsError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    knob = next((k for k in iterate_knobs() if key == k.key or key.startswith(f"{k.key}.")), None)
    expected = f"expected {knob.range}" if knob else first["msg"]
    if knob and first["type"] in {"string_pattern_mismatch", "string_too_long", "value_error"}:
        expected = f"{first['msg']}. {knob.info.description}"
    where = origin.get(knob.key if knob else key, "the settings")
    return SettingsError(f"{where}: `{key}` is {first.get('input')!r}; {expected}")
