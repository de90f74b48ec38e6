"""The viewer's files, as they go into a site.

Belongs here: finding the built viewer and filling in the page that starts it. Does not belong here: building it
(``viewer_template``, Vite).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import jinja2

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.closeups import Allowed
from clipplot_pipeline.site.format import INDEX, LOADER, check_path, hash_bytes

SCRIPT = "main.js"
STYLE = "main.css"
#: The viewer in one script, with its style, for maps that are one file; no part of a published site.
SINGLE = "single"
SINGLE_SCRIPT = f"{SINGLE}/single.js"
SINGLE_STYLE = f"{SINGLE}/style.css"
_NEEDED = (INDEX, LOADER, SCRIPT, STYLE)
#: Left by the build for people who look into it; not published.
_UNPUBLISHED_SUFFIXES = (".map", ".gz", ".br")


@dataclass(frozen=True, slots=True)
class ViewerFiles:
    """The files of the viewer.

    Attributes
    ----------
    root : tuple of (str, bytes)
        ``index.html`` and ``loader.js``.
    versioned : tuple of (str, bytes)
        Everything else, below ``folder``.
    folder : str
        ``v/<hash>``: of the content of ``versioned``.
    render_index : callable
        Returns ``index.html`` again, with the address of the pages that need no script.
    """

    root: tuple[tuple[str, bytes], ...]
    versioned: tuple[tuple[str, bytes], ...]
    folder: str
    render_index: Callable[[str], bytes] = field(repr=False, compare=False)


def find_viewer() -> Path:
    """Return the folder of the built viewer inside the package."""
    return Path(str(resources.files("clipplot_pipeline"))) / "viewer"


def hash_viewer(folder: Path | None = None) -> str:
    """Return 16 hex digits over the built viewer and the templates of pages: another one asks for another site."""
    places = (folder or find_viewer(), Path(str(resources.files("clipplot_pipeline"))) / "site" / "templates")
    files = sorted(file for place in places if place.is_dir() for file in place.rglob("*") if file.is_file())
    kept = [file for file in files if file.suffix not in _UNPUBLISHED_SUFFIXES and file.parent.name != SINGLE]
    return hash_bytes(*(part for file in kept for part in (file.name.encode(), file.read_bytes())))


def load_viewer(
    title: str,
    tagline: str,
    description: str,
    language: str,
    folder: Path | None = None,
    allowed: Allowed = Allowed(),  # noqa: B008 - it is frozen
) -> ViewerFiles:
    """Return the viewer's files, with ``index.html`` filled in.

    Parameters
    ----------
    title, tagline, description, language : str
        Plain text; Jinja escapes it.
    folder : Path, optional
        Of the built viewer; by default the one inside the package.
    allowed : Allowed
        What the page may ask another server for.

    Raises
    ------
    SiteError
        If the viewer was not built.
    """
    folder = folder or find_viewer()
    _check_built(folder, _NEEDED)
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string((folder / INDEX).read_text(encoding="utf-8"))
    words = {"title": title, "tagline": tagline, "description": description, "language": language}

    def render_index(list_path: str) -> bytes:
        return template.render(**words, list_path=list_path, allowed=allowed).encode()

    versioned = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        is_apart = name in {INDEX, LOADER} or name.startswith(f"{SINGLE}/")
        is_unpublished = is_hidden or is_apart or name.endswith(_UNPUBLISHED_SUFFIXES)
        if file.is_file() and not is_unpublished:
            versioned.append((check_path(name), file.read_bytes()))
    digest = hash_bytes(
        *(part for name, data in versioned for part in (f"{name} {len(data)}\n".encode(), data))
    )
    target = f"v/{digest}"
    return ViewerFiles(
        ((INDEX, render_index("")), (LOADER, (folder / LOADER).read_bytes())),
        tuple((f"{target}/{name}", data) for name, data in versioned),
        target,
        render_index,
    )


def load_single(folder: Path | None = None) -> tuple[str, str]:
    """Return script and style of the viewer in one script.

    Parameters
    ----------
    folder : Path, optional
        Of the built viewer; by default the one inside the package.

    Raises
    ------
    SiteError
        If the viewer was not built.
    """
    folder = folder or find_viewer()
    _check_built(folder, (SINGLE_SCRIPT, SINGLE_STYLE))
    script, style = ((folder / name).read_text(encoding="utf-8") for name in (SINGLE_SCRIPT, SINGLE_STYLE))
    return script, style


def _check_built(folder: Path, needed: Iterable[str]) -> None:
    """Raise if a file that the build of the viewer makes is not there."""
    if missing := [name for name in needed if not (folder / name).is_file()]:
        raise SiteError(
            f"{folder}: the viewer is not built ({', '.join(missing)} missing); install clipplot-pipeline again, "
            "or run `make viewer` in a checkout"
        )
