"""Keeps lists of strangers from making this machine ask itself, or its private network.

Belongs here: which addresses are of the open web, looking at the address of every connection before a request is
sent. Does not belong here: requests (``http_fetch``).

A manifest or list may name any address, and a public server may redirect to one: ``http://169.254.169.254/`` gives away
the keys of a machine in a cloud. So only the kind of network that the listing itself came from is asked, besides the
open web; or any, if the settings say so. What counts is the address that a connection has, not what a name was said to
be. Behind a proxy it is the proxy that connects, and the proxy's rules hold.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

import requests
import urllib3

#: What an address is in the open web.
OPEN = ""
_LOOPBACK, _LINK_LOCAL, _PRIVATE = "this machine itself", "a link-local network", "a private network"
_KINDS = (_LOOPBACK, _LINK_LOCAL, _PRIVATE)
#: IPv6 addresses that lead to the IPv4 address in their last 32 bits: those of NAT64, SIIT, and the oldest form.
_TRANSLATED = tuple(ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96"))
#: Of one network alone, though Python does not say so of all versions: NAT64 of one's own, site-local addresses.
_LOCAL = tuple(ipaddress.IPv6Network(net) for net in ("64:ff9b:1::/48", "fec0::/10"))


class PrivateAddressError(Exception):
    """A connection that leads where the listing has no business; no ``OSError``, which libraries repeat."""


def find_network(address: str) -> str:
    """Return what kind of network an IP address lies in, in words; ``OPEN`` for the open web."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _LOCAL):
            return _PRIVATE
        ip = _find_inner(ip) or ip
    if ip.is_loopback or ip.is_unspecified:
        return _LOOPBACK
    if ip.is_link_local:
        return _LINK_LOCAL
    return OPEN if ip.is_global and not ip.is_multicast else _PRIVATE


def _find_inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to, if it leads to one."""
    if ip.is_loopback or ip.is_unspecified:
        return None
    if any(ip in network for network in _TRANSLATED):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class Guard:
    """Decides about the connections of one fetcher; any thread may use it.

    Parameters
    ----------
    is_open : bool
        Whether any address may be asked.
    """

    def __init__(self, is_open: bool) -> None:
        self._is_open = is_open
        self._allowed: set[str] = {OPEN}
        self._trusted: set[str] = set()
        self._seen: dict[str, str] = {}
        self._lock = threading.Lock()

    def trust_host(self, host: str) -> None:
        """Let a host be asked wherever it lies: the user named it."""
        with self._lock:
            self._trusted.add(host.lower())

    def allow_network(self, network: str) -> None:
        """Let addresses of one kind of network be asked, as `find_network` names it."""
        if network in _KINDS:
            with self._lock:
                self._allowed.add(network)

    def network_of(self, host: str) -> str | None:
        """Return where a host was found; None if it was not asked, or a proxy asked it."""
        return self._seen.get(host.lower())

    def check(self, host: str, address: str) -> None:
        """Look at a connection.

        Raises
        ------
        PrivateAddressError
            It must not be used.
        """
        network = find_network(address)
        with self._lock:
            self._seen[host.lower()] = network
            if self._is_open or network in self._allowed or host.lower() in self._trusted:
                return
        named = host if host == address else f"{host} ({address})"
        where = network if network == _LOOPBACK else f"in {network}"
        raise PrivateAddressError(
            f"it leads to {named}, which is {where}, and the list that names it does not lie there; expected an "
            "address of the open web; if it is meant, set `http.private_network = true`"
        )

    def adapter(self, **options: Any) -> requests.adapters.HTTPAdapter:
        """Return what sends requests over connections that were looked at; options are those of ``HTTPAdapter``."""
        adapter = requests.adapters.HTTPAdapter(**options)
        adapter.poolmanager.pool_classes_by_scheme = _make_pools(self)
        return adapter


def _make_pools(guard: Guard) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return pools of connections that ask the guard once they stand, before anything is sent."""

    class Plain(urllib3.connection.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _look(guard, self.host, super()._new_conn())

    class Secure(urllib3.connection.HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _look(guard, self.host, super()._new_conn())

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _look(guard: Guard, host: str, connection: socket.socket) -> socket.socket:
    try:
        guard.check(host.strip("[]"), connection.getpeername()[0])
    except BaseException:
        connection.close()
        raise
    return connection
