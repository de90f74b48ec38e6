"""Where and when something was measured.

Belongs here: the one line that stands above every table. Does not belong here: measuring.
"""

import datetime
import os
import platform
import subprocess


def describe_machine() -> str:
    """Return machine, interpreter, day, commit and load, on one line."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}{load}"
    )
