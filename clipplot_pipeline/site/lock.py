"""One publisher at a time: a file at the destination that says who publishes, and until when that is believed.

Belongs here: taking, renewing and releasing ``publish.lock``. Does not belong here: what is done under it
(``publish``). Where a backend can create a file exclusively (a disk, S3) one of two publishers gets it; elsewhere it
keeps those apart that do not start in the same moment.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clipplot_pipeline.errors import ClipplotError, PublishError, StoreError
from clipplot_pipeline.site.destination import Destination
from clipplot_pipeline.site.format import LOCK, NO_CACHE, content_type, dump_json

#: How long a publisher is believed to be at work since it last said so.
LEASE = timedelta(minutes=10)
#: It says so this often.
HEARTBEAT = LEASE / 5

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    """Return the time: the one clock of publishing, for which tests put their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    Attributes
    ----------
    owner : str
        For people: a machine and a process.
    token : str
        For the owner to know its own lock by.
    started, expires : datetime
        When it was taken, and when it is void. With time zone.
    process : str
        For other processes of the same machine to see whether it lives; empty where that cannot be told.
    """

    owner: str
    token: str
    started: datetime
    expires: datetime
    process: str = ""

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return dump_json(
            {
                "owner": self.owner,
                "token": self.token,
                "started": write_time(self.started),
                "expires": write_time(self.expires),
                **({"process": self.process} if self.process else {}),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Holder | None:
        """Return what a file says, or None if that is no lock: of a publisher that was killed as it wrote it."""
        try:
            value = json.loads(data)
            started, expires = read_time(value["started"]), read_time(value["expires"])
            process = str(value.get("process", ""))
            return cls(str(value["owner"]), str(value["token"]), started, expires, process)
        except (ValueError, TypeError, KeyError):
            return None


class PublishLock:
    """A lock that was taken."""

    def __init__(self, store: Destination, holder: Holder, now: Clock) -> None:
        self.store, self.holder, self.now = store, holder, now

    def renew(self) -> None:
        """Say that the work goes on; raise a PublishError if somebody else holds the lock by now."""
        found = _read(self.store)
        if found is None or found.token != self.holder.token:
            other = found.owner if found else "somebody"
            raise PublishError(
                f"{self.store.url}: {other} took the lock over, as this publisher had not been heard of for "
                f"{LEASE // timedelta(minutes=1)} minutes; nothing more is published from here: run `clipplot build`"
            )
        self.holder = _renewed(self.holder, self.now())
        self.store.put(LOCK, self.holder.to_bytes(), content_type(LOCK), NO_CACHE)

    def release(self) -> None:
        """Give the lock back, if it is still this publisher's."""
        found = _read(self.store)
        if found is not None and found.token == self.holder.token:
            self.store.delete(LOCK)


@contextmanager
def hold_lock(store: Destination, now: Clock = now_utc, *, owner: str = "") -> Iterator[PublishLock]:
    """Hold the lock of a destination, renewed in the background, and release it in any case.

    Parameters
    ----------
    store : Destination
        Where to publish.
    now : callable
        Returns the time, with time zone.
    owner : str
        Who publishes; by default this machine and process.

    Raises
    ------
    PublishError
        If another publisher holds it; who that is, and since when.
    """
    own = owner or f"{platform.node() or 'a machine'}, process {os.getpid()}"
    lock = _take(store, now, own, "" if owner else _name_process(os.getpid()))
    is_over = threading.Event()
    heart = threading.Thread(target=_beat, args=(lock, is_over), name="publish-lock", daemon=True)
    heart.start()
    try:
        yield lock
    finally:
        is_over.set()
        heart.join()
        with suppress(ClipplotError):  # what happened under it is what matters; the lock is void soon
            lock.release()


def _beat(lock: PublishLock, is_over: threading.Event) -> None:
    while not is_over.wait(HEARTBEAT.total_seconds()):
        try:
            lock.renew()
        except ClipplotError:
            return  # told when the publisher itself renews the lock, before it commits


def _take(store: Destination, now: Clock, owner: str, process: str) -> PublishLock:
    token = uuid.uuid4().hex
    for _ in range(3):
        moment = now()
        holder = Holder(owner, token, moment, moment + LEASE, process)
        if store.create(LOCK, holder.to_bytes()):
            found = _read(store)  # a backend that does not know conditions lets the last of two writers win
        else:
            found = _read(store)
            if found is None:
                if not store.exists(LOCK):
                    continue  # released in this moment
                found = _wait_for_content(store)
        if found is not None and found.token == token:
            return PublishLock(store, holder, now)
        if found is not None and moment < found.expires and not _is_dead(found.process):
            raise PublishError(_tell(store, found, moment))
        store.delete(LOCK)  # void, or cut short, or of a process of this machine that was killed
    raise PublishError(f"{store.url}: others publish there again and again; try again later")


def _name_process(pid: int) -> str:
    """Return the name of a process that no other machine or container has; empty where it cannot be looked for."""
    if os.name != "posix" or not platform.node():
        return ""
    marks = [platform.node()]
    with suppress(
        OSError
    ):  # Linux has both: machines bear the names of others, containers number their processes anew
        marks.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
        marks.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join([*marks, str(pid)])


def _is_dead(process: str) -> bool:
    """Tell whether a process is one of this machine that runs no more: nobody has to wait for it."""
    number = process.rpartition(" ")[2]
    if not number.isdecimal() or process != _name_process(int(number)):
        return False
    try:
        os.kill(int(number), 0)  # asks only
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _wait_for_content(store: Destination) -> Holder | None:
    """Return who holds a lock that was empty: on a disk it is created first and filled a moment later."""
    store.sleep(1.0)
    return _read(store)


def _read(store: Destination) -> Holder | None:
    try:
        return Holder.from_bytes(store.read_bytes(LOCK))
    except (StoreError, FileNotFoundError):
        return None


def _renewed(holder: Holder, moment: datetime) -> Holder:
    return replace(holder, expires=moment + LEASE)


def _tell(store: Destination, holder: Holder, moment: datetime) -> str:
    minutes = max(0, (moment - holder.started) // timedelta(minutes=1))
    return (
        f"{store.url}: {holder.owner} has been publishing there for {minutes} min, and was heard of less than "
        f"{LEASE // timedelta(minutes=1)} min ago; nothing was changed. Wait until it is done; if it was killed, "
        f"wait until {write_time(holder.expires)} or delete {LOCK} there, then run `clipplot build` again"
    )


def write_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime:
    """Return the time of an ISO 8601 text, with time zone; ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: without a time zone")
    return moment
