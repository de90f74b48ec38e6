"""Write the reference pages that are made of the code: settings, command line, assets, tables, and the graph's picture.

``python docs/generate.py`` writes them, ``--check`` only compares and exits with 1 if a page is out of date.
Belongs here: turning settings and verbs into Markdown. Does not belong here: what they mean, which stands with
each setting in ``clipplot_pipeline.settings`` and with each verb in ``clipplot_pipeline.cli``.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from typer.main import get_command
from typer.models import ArgumentInfo, OptionInfo

from clipplot_pipeline.cli import app
from clipplot_pipeline.cli.options import ARGUMENTS, option_name
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.layout_sections import LayoutsSettings, UmapSettings
from clipplot_pipeline.settings import Knob, Settings, iterate_knobs

sys.path.insert(0, str(Path(__file__).parent))

from generate_reference import render_assets, render_tables
from graph_picture import render_graph

FOLDER = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py from the code; edit the code, then run it again. -->"

SETTINGS_HEAD = f"""\
{MADE}

# Settings

Every setting can be given in four ways; a later line comes before an earlier one:

1. the default below,
2. the file `clipplot.toml` in the project folder, which the first `clipplot build` or `clipplot init` writes with every
   setting explained (a dotted key such as `layouts.umap.seed` is the key `seed` in the section `[layouts.umap]`),
3. the environment variable,
4. the option of `clipplot build` (for one run) and `clipplot init`.

Relative paths start at the project folder in the file and the environment, at the working directory in options.
An unknown key, variable or option is an error that names the nearest right one. *Shapes* names the
[assets](architecture.md#the-graph) that are computed anew when the setting changes, and whatever their new content
then reaches; where it is absent, a change computes nothing anew by itself (`slug` and `store` say
where everything lies: in another place everything is computed anew).
"""

COMMANDS_HEAD = f"""\
{MADE}

# Command line

`clipplot VERB --help` says the same on the terminal. Exit codes: 0 done, 1 failed, 2 wrong use. What is said to people
goes to standard error; standard output holds results only, so that `--json` can be piped. A mistake ends in one
sentence that says what was found, what was expected and what to do.

A *project folder* holds `clipplot.toml`, what was computed (`.clipplot/`) and, by default, the site (`site/`). Without
`--project` it is the working directory.
"""

VARIABLES = """\
## Environment variables

Each [setting](settings.md) has a variable. Besides:

| variable | meaning |
|---|---|
| `CLIPPLOT_PROJECT` | The project folder, where `--project` is not given. |
| `CLIPPLOT_SALT` | Secret that image ids are made with, for stores that must make equal ones; by default own ones. |
| `CLIPPLOT_CHROMIUM` | The Chromium that the browser tests and `docs/screenshot.py` drive. |
| `DAGSTER_HOME` | Folder of the Dagster instance, which projects may share; by default `.clipplot/dagster` of each. |
"""


@dataclass(frozen=True)
class Parameter:
    """An argument or option of a verb.

    Attributes
    ----------
    names : tuple of str
        As typed: ``("--project",)``, or ``("SOURCE",)`` for an argument.
    is_option, is_setting, is_required : bool
        A setting's option is explained on the page of settings.
    help, allowed, default : str
        In words; empty where there is nothing to say.
    """

    names: tuple[str, ...]
    is_option: bool
    is_setting: bool
    is_required: bool
    help: str
    allowed: str
    default: str


def render_settings() -> str:
    """Return the page of settings: one entry each, in the order of the file."""
    lines = [SETTINGS_HEAD]
    knobs = sorted(iterate_knobs(), key=lambda knob: knob.key.count("."))  # sections follow the plain keys
    shaped = find_shaped()
    for section, members in groupby(sorted(knobs, key=_section_of), key=_section_of):
        about = _section_doc(section)
        lines += [f"## `[{section}]`\n\n{about}\n" if section else "## The collection\n"]
        lines += [_render_knob(knob, shaped.get(knob.key, ())) for knob in members]
    return "\n".join(lines)


def find_shaped() -> dict[str, tuple[str, ...]]:
    """Return the names of the assets that each setting shapes directly, by dotted key."""
    graphs = [build_graph(Settings(embedder=name)) for name in ("open_clip", "descriptor")]
    others: tuple[dict[str, Any], ...] = (
        {"layouts": LayoutsSettings(umap=UmapSettings(target="genre"))},
        {"embedder": "imported", "vectors": ("vectors",)},
        {"closeup": {"kind": "tiles"}},
        {"source": "https://example.org/iiif/manifest.json"},
        {"source": "list:https://example.org/pictures.txt"},
    )
    graphs += [build_graph(Settings.model_validate(values)) for values in others]
    found: dict[str, list[str]] = {}
    for node in (node for graph in graphs for node in graph.values()):
        for knob in iterate_knobs():
            if any(knob.key == own or knob.key.startswith(f"{own}.") for own in node.settings):
                found.setdefault(knob.key, []).append(node.name)
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def describe_range(knob: Knob) -> str:
    """Return the allowed values in words, with the unit."""
    words = knob.range
    for rule in knob.info.metadata:
        if longest := getattr(rule, "max_length", None):
            words += f", at most {longest:,} {'entries' if knob.range == 'list of text' else 'characters'}"
        if pattern := getattr(rule, "pattern", None):
            words += f" that matches `{pattern}`"
    unit = re.search(r"Unit: (\S+?)\.$", knob.info.description or "")
    return f"{words} {unit[1]}" if unit else words


def _render_knob(knob: Knob, shaped: tuple[str, ...]) -> str:
    text = re.sub(r" Unit: \S+?\.$", "", knob.info.description or "")
    facts = [f"Values: {describe_range(knob)}", f"Default: {_show(knob.info.default)}"]
    if knob.key in ARGUMENTS:
        facts.append("Argument: `clipplot build SOURCE`")
    else:
        name = option_name(knob.key)
        no = f", `--no-{name[2:]}`" if knob.info.annotation is bool else ""
        facts.append(f"Option: `{name}`{no}" + (", once for each" if knob.range == "list of text" else ""))
    facts.append(f"Variable: `{knob.variable}`")
    if shaped:
        facts.append("Shapes: " + ", ".join(f"`{name}`" for name in shaped))
    return f"### `{knob.key}`\n\n{text}\n\n" + "\n".join(f"- {fact}" for fact in facts) + "\n"


def _section_of(knob: Knob) -> str:
    return knob.key.rpartition(".")[0]


def _section_doc(section: str) -> str:
    model: type[BaseModel] = Settings
    for part in section.split(".") if section else []:
        model = model.model_fields[part].annotation  # type: ignore[assignment]
    return inspect.getdoc(model) or ""


def render_commands() -> str:
    """Return the page of the command line: one section a verb."""
    lines = [COMMANDS_HEAD]
    lines += ["| option | meaning |\n|---|---|", "| `--version` | Show the version and stop. |"]
    lines += ["| `-h`, `--help` | Show what there is; behind a verb, its options. |"]
    lines += [
        "| `--log-format` | What is told on the way, on standard error: `text`, words and bars, or `json`, one JSON "
        "object an event. Stands before the verb. |\n"
    ]
    for name, function in list_verbs().items():
        lines.append(_render_verb(name, function, list(iterate_parameters(name, function))))
    return "\n".join([*lines, VARIABLES])


def list_verbs() -> dict[str, Callable[..., Any]]:
    """Return the function of every verb, in the order of the help."""
    return {str(info.name): info.callback for info in app.registered_commands if info.callback is not None}


def iterate_parameters(verb: str, function: Callable[..., Any]) -> Iterator[Parameter]:
    """Yield the arguments and options of a verb in the order of its help."""
    settings = {knob.key.replace(".", "__") for knob in iterate_knobs()} - ARGUMENTS
    built: Any = get_command(app)
    named = {p.name: (*p.opts, *p.secondary_opts) for p in built.commands[verb].params}
    parameters = inspect.signature(function, eval_str=True).parameters
    has_settings = settings <= parameters.keys()
    for parameter in parameters.values():
        marks = get_args(parameter.annotation)[1:]
        info = next(mark for mark in marks if isinstance(mark, OptionInfo | ArgumentInfo))
        is_option = isinstance(info, OptionInfo)
        is_required = parameter.default is inspect.Parameter.empty
        shown = info.show_default if isinstance(info.show_default, str) else ""
        has_default = not is_required and parameter.default not in (None, "", False) and not shown
        yield Parameter(
            names=named[parameter.name] if is_option else (parameter.name.upper(),),
            is_option=is_option,
            is_setting=has_settings and parameter.name in settings,
            is_required=is_required,
            help=info.help or "",
            allowed=_allowed(info),
            default=shown or (_show(parameter.default) if has_default else ""),
        )


def _allowed(info: OptionInfo | ArgumentInfo) -> str:
    if info.min is None:
        return ""
    return f"{info.min:,} to {info.max:,}" if info.max is not None else f"{info.min:,} or more"


def _render_verb(name: str, function: Callable[..., Any], parameters: list[Parameter]) -> str:
    arguments = [p.names[0] if p.is_required else f"[{p.names[0]}]" for p in parameters if not p.is_option]
    usage = " ".join(["clipplot", name, *arguments, "[OPTIONS]"])
    rows = ["| argument or option | meaning | values | default |", "|---|---|---|---|"]
    for parameter in parameters:
        if not parameter.is_setting:
            names = ", ".join(f"`{n}`" for n in parameter.names)
            rows.append(f"| {names} | {parameter.help} | {parameter.allowed} | {parameter.default} |")
    text = f"## `clipplot {name}`\n\n{inspect.getdoc(function)}\n\n```sh\n{usage}\n```\n\n" + "\n".join(rows)
    settings = [parameter.names[0] for parameter in parameters if parameter.is_setting]
    if settings:
        text += "\n\nAnd an option for every [setting](settings.md): "
        text += ", ".join(f"[`{option}`](settings.md#{_anchor(option)})" for option in settings) + "."
    return text + "\n"


def _anchor(option: str) -> str:
    """Return the fragment that GitHub gives the heading of an option's setting."""
    key = next(knob.key for knob in iterate_knobs() if option_name(knob.key) == option)
    return key.replace(".", "")


def _show(value: Any) -> str:
    if value in ("", ()):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": render_settings,
    "command-line.md": render_commands,
    "assets.md": lambda: f"{MADE}\n\n{render_assets()}",
    "tables.md": lambda: f"{MADE}\n\n{render_tables()}",
    "images/graph.svg": lambda: render_graph(build_graph(Settings(embedder="open_clip"))),
}


def find_outdated(folder: Path = FOLDER) -> list[str]:
    """Return the names of the pages that are absent or do not hold what the code says."""
    pages = {name: folder / name for name in PAGES}
    return [
        name
        for name, path in pages.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != PAGES[name]()
    ]


def main() -> None:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a page is out of date"
    )
    outdated = find_outdated()
    if parser.parse_args().check:
        sys.exit(f"out of date: {', '.join(outdated)}; run `python docs/generate.py`" if outdated else 0)
    for name in outdated:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {FOLDER / name}\n")


if __name__ == "__main__":
    main()
