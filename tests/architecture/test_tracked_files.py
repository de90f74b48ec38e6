"""What a clone holds: no trace of the machine that a file was written on, and nothing that is built."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Written so that this file does not match itself.
TRACES = {
    "an address that a package was fetched from": re.compile(
        r'"resolved": *"http|\bregistry[.]|python'
        + r"hosted[.]|[.]pkg[.]|/simple/?\b(?=['\"\s])|extra-index"
        + "-url"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.~$}\]-])/(?:root|work|home/\w+|Users/\w+|opt/\w+)/|[C-Z]:\\Users"
    ),
    "a leftover of a merge": re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE),
    "a key": re.compile(
        r"-{5}BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b|\bhf_[a-zA-Z]{30,}"
    ),
}
MAX_BYTES = 1_000_000


def list_tracked() -> list[Path]:
    """Return the files in git, and those about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [path for name in said.decode().split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", TRACES)
def test_no_file_holds_a_trace(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}"
        for path in list_tracked()
        if path != Path(__file__)
        and (text := path.read_bytes().decode("utf-8", errors="replace"))
        and (match := TRACES[what].search(text))
    ]
    assert not found, f"{what}: {found}"


def test_files_are_small() -> None:
    big = [str(path.relative_to(ROOT)) for path in list_tracked() if path.stat().st_size > MAX_BYTES]
    assert not big, f"{big}: draw or make it in a test or a script instead"


def test_nothing_built_is_tracked() -> None:
    built = re.compile(
        r"(?:^|/)(?:node_modules|__pycache__|dist|\.venv|\.clipplot)/|^clipplot_pipeline/viewer/|\.pyc$"
    )
    assert not [str(p) for p in list_tracked() if built.search(p.relative_to(ROOT).as_posix())]
