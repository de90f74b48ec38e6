"""The options that several commands have, and those that every setting gets, made from the settings themselves."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional, get_origin

import typer

from clipplot_pipeline.paths import PATH_KEYS, map_texts
from clipplot_pipeline.sections import SECTION_PATHS
from clipplot_pipeline.settings import Knob, iterate_knobs

#: Settings that have another name on the command line (contract of `clipplot build SOURCE --out URL`).
RENAMED = {"site": "--out"}
#: Settings that are arguments, not options.
ARGUMENTS = frozenset({"source"})

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project",
        envvar="CLIPPLOT_PROJECT",
        help="Folder that holds clipplot.toml.",
        file_okay=False,
        show_default="the working directory",
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="End with one JSON object on standard output.")]


def option_name(key: str) -> str:
    """Return the option of a setting: ``layouts.umap.min_dist`` becomes ``--layouts-umap-min-dist``."""
    return RENAMED.get(key, "--" + key.replace(".", "-").replace("_", "-"))


def with_setting_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for every setting; the command receives them as ``options``, by dotted key.

    Only options that were given are handed on, paths made absolute.
    """
    knobs = {knob.key.replace(".", "__"): knob for knob in iterate_knobs() if knob.key not in ARGUMENTS}

    def command(**arguments: Any) -> None:
        given = {knobs[n].key: arguments.pop(n) for n in list(arguments) if n in knobs}
        options = {key: make_absolute(key, value) for key, value in given.items() if value not in (None, [])}
        function(**arguments, options=options)

    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name != "options"]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotate(knob))
        for name, knob in knobs.items()
    ]
    positional = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    signature = inspect.Signature(positional + extra)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    return command


def _annotate(knob: Knob) -> Any:
    kind: Any = knob.info.annotation
    if kind not in {int, float, bool, str}:
        kind = list[str] if get_origin(kind) is tuple else str
    name = option_name(knob.key)
    names = (f"{name}/--no-{name[2:]}",) if kind is bool else (name,)
    panel = "Settings" if "." not in knob.key else f"Settings of {knob.key.rpartition('.')[0]}"
    text = f"{knob.info.description} \\[{knob.range}]"
    default = knob.info.default
    shown = str(default) if default not in ("", ()) and not isinstance(default, bool) else False
    option = typer.Option(*names, help=text, rich_help_panel=panel, show_default=shown)
    return Annotated[Optional[kind], option]  # noqa: UP045 - made at run time


def make_absolute(key: str, value: Any) -> Any:
    """Return a path as given on the command line, made absolute; other values as they are."""
    return map_texts(value, _absolute) if key in (*PATH_KEYS, *SECTION_PATHS) and value else value


def _absolute(path: str) -> str:
    if "://" in path:
        return path
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - links stay as they are written
