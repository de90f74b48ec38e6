"""List the licences of everything that installing clipplot installs, in ``licences.md``.

What is listed is what this environment holds, so that the page is written by hand when dependencies change, and only
its being whole is tested. Belongs here: reading the metadata of installed packages. Does not belong here: the licences
of the viewer's packages, which travel with the viewer.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).with_name("licences.md")
PACKAGE = "clipplot-pipeline"
EXTRAS = ("", "clip", "formats", "s3", "gcs", "azure")
#: What packages write that name no licence expression of SPDX.
SHORT = re.compile(
    r"MIT|Apache|BSD|MPL|Mozilla|LGPL|GPL|ISC|PSF|Python Software|Unlicense|Zlib|HPND|CC0|Public Domain", re.I
)


def normalize(name: str) -> str:
    """Return the name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_needs(name: str, extra: str) -> list[str]:
    """Return what a package requires; ours as ``pyproject.toml`` says, for installed metadata may be older."""
    if name == PACKAGE:
        project = tomllib.loads((PAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return list(project["optional-dependencies"][extra] if extra else project["dependencies"])
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:
        return []


def find_needed() -> dict[str, set[str]]:
    """Return the names of all packages that clipplot needs, with the extras that bring them ('' for the core)."""
    from packaging.requirements import Requirement

    found: dict[str, set[str]] = {}
    for extra in EXTRAS:
        ahead = [(PACKAGE, extra)]
        seen = set()
        while ahead:
            name, own = ahead.pop()
            if (name, own) in seen:
                continue
            seen.add((name, own))
            if name != PACKAGE:
                found.setdefault(name, set()).add(extra)
            for text in read_needs(name, own):
                need = Requirement(text)
                if need.marker is None or need.marker.evaluate({"extra": own}):
                    ahead += [(normalize(need.name), part) for part in ("", *need.extras)]
    return found


def read_licence(name: str) -> str:
    """Return the licence that an installed package names, in one line; "not installed here" if it is not."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    if stated := about.get("License-Expression"):
        return str(stated)
    classes = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    if named := [c for c in classes if c != "OSI Approved"]:
        return "; ".join(named)
    first = (about.get("License") or "").strip().splitlines()[:1]
    return first[0][:80] if first and SHORT.search(first[0]) else "see the package"


def render_page() -> str:
    """Return the page: one row a package."""
    rows = []
    for name, extras in sorted(find_needed().items()):
        where = "core" if "" in extras else ", ".join(f"`{extra}`" for extra in sorted(extras))
        rows.append(f"| {name} | {where} | {read_licence(name)} |")
    return (
        "# Licences of what clipplot stands on\n\n"
        "clipplot itself is under the [MIT licence](../LICENSE). Installing it installs the packages below, which\n"
        "keep their own licences; nothing of them is copied into clipplot's package. What the viewer bundles is\n"
        "listed with the viewer, in every site. Written by `make licences` from the packages of one environment\n"
        "(Linux); other systems need a few others. `make sbom` writes the same for your environment, with\n"
        "versions, in a form for machines.\n\n"
        "| package | for | licence |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {PAGE}\n")
