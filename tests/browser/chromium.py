"""Which Chromium the browser tests drive, and how it is started.

In this order: the one that ``CLIPPLOT_CHROMIUM`` names, one on the PATH, the one that Playwright installed. Run as
a program, it installs one where there is none: Debian's where it may (root, apt-get), else Playwright's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "CLIPPLOT_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: WebGL2 without a graphics card, and a browser that calls nobody by itself.
ARGUMENTS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def find_chromium() -> Path | None:
    """Return the program, or None where there is none.

    Raises
    ------
    FileNotFoundError
        If ``CLIPPLOT_CHROMIUM`` names something that is not there.
    """
    if named := os.environ.get(VARIABLE):
        found = shutil.which(named)
        if found is None:
            raise FileNotFoundError(
                f"{VARIABLE} is {named!r}, and there is no such program; unset it or mend it"
            )
        return Path(found)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _find_playwrights()


def _find_playwrights() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return program if program.is_file() else None


def install_chromium() -> Path:
    """Install a Chromium where none is found, and return the program.

    Raises
    ------
    FileNotFoundError
        If no way led to one: says what was tried.
    """
    if found := find_chromium():
        return found
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = shutil.which("apt-get")
    tried = []
    if is_root and apt:
        tried.append("apt-get install chromium")
        subprocess.run([apt, "update", "-qq"], check=False)
        packages = ["chromium", "fonts-dejavu-core"]
        subprocess.run(
            [apt, "install", "-y", "-qq", "--no-install-recommends", *packages],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if find_chromium() is None:
        tried.append("playwright install chromium")
        with_libraries = ["--with-deps"] if is_root and apt else []
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"], check=False
        )
    if found := find_chromium():
        return found
    raise FileNotFoundError(
        f"no Chromium for the browser tests ({' and '.join(tried)} failed): install Chromium or Chrome, or name "
        f"one in {VARIABLE}"
    )


if __name__ == "__main__":
    try:
        print(f"Browser tests drive {install_chromium()}.")
    except FileNotFoundError as error:
        sys.exit(f"make: {error}")
