"""Servers that tests of many machines start: PostgreSQL, and nodes of a Ray cluster, all on this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_postgres() -> Path:
    """Return the folder of ``initdb`` and ``pg_ctl``: the PATH, or where Debian keeps them; else skip the test."""
    found = shutil.which("pg_ctl")
    candidates = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not candidates:
        pytest.skip("PostgreSQL is not installed: put initdb and pg_ctl on the PATH (Debian: postgresql)")
    return candidates[-1]


@dataclass
class Postgres:
    """A database server of the test's own; ``url`` is what Dagster is given."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://dagster@127.0.0.1:{self.port}/postgres"

    def _call(self, *arguments: str) -> None:
        # PostgreSQL refuses to run as root: then it runs as the user that its package made.
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(arguments, cwd=self.folder, check=True, capture_output=True, timeout=120, **user)

    def create(self) -> None:
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._call(
            str(self.programs / "initdb"), "-D", str(self.folder / "data"), "-U", "dagster", "-A", "trust"
        )
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log, data = str(self.folder / "log"), str(self.folder / "data")
        self._call(str(self.programs / "pg_ctl"), "-D", data, "-l", log, "-o", options, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        data = str(self.folder / "data")
        self._call(str(self.programs / "pg_ctl"), "-D", data, "-m", mode, "-w", "stop")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run a database server; its folder must be one that the server's user may enter."""
    server = Postgres(find_postgres(), folder, free_port())
    server.create()
    try:
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop()


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started, as a power cut does."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(process.pid)
        for one in [*top.children(recursive=True), top]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait(timeout=30)


def start(
    arguments: list[str], log: Path, environment: Mapping[str, str], cwd: Path
) -> subprocess.Popen[bytes]:
    """Start a program of the environment that the tests run in; what it says goes to ``log``."""
    program = Path(sys.executable).parent / arguments[0]
    with log.open("ab") as file:
        return subprocess.Popen(
            [str(program), *arguments[1:]],
            cwd=cwd,
            env=dict(environment),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_for_port(port: int, seconds: float = 90) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise AssertionError(f"nobody listens on port {port} after {seconds} s")


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"after {seconds} s still waiting until {what}"
        time.sleep(1)


def print_logs(folder: Path) -> None:
    """Print the ends of the logs in a folder that goes away."""
    for log in sorted(folder.glob("*.log")):
        print(f"== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-40:]))
