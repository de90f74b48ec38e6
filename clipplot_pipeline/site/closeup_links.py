"""Addresses of close-ups at another server, made of a template or taken from a field.

Belongs here: filling in placeholders, telling which addresses may be shown, settling on one server. Does not belong
here: what the site says of them (``closeups``).
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pyarrow as pa

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.fields import clean_cell

MAX_LENGTH = 2000
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
#: What an address may hold besides letters and digits; all else is percent-encoded.
_KEPT = "%/:?&=#+,;@!$'()*~[]-._"
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
#: Hosts that are named when there are several.
_NAMED = 5
_BUILT_IN: dict[str, Callable[[str, str], str]] = {
    "path": lambda path, _: path,
    "name": lambda path, _: posixpath.basename(path),
    "stem": lambda path, _: posixpath.splitext(posixpath.basename(path))[0],
    "id": lambda _, image_id: image_id,
}


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses at one server.

    Attributes
    ----------
    addresses : tuple of str or None
        In the order of the images.
    origin : str
        ``https://`` and the host; empty if there is no address.
    left_out : int
        Images without one.
    examples : tuple of str
        Why, and of what, a few times.
    """

    addresses: tuple[str | None, ...]
    origin: str
    left_out: int
    examples: tuple[str, ...]


def expand_links(template: str, catalog: pa.Table, fields: Sequence[Field]) -> list[str | None]:
    """Return the address of every image by a template; None where a field that it needs is blank.

    Parameters
    ----------
    template : str
        ``https://server/…`` with placeholders, whose values are percent-encoded (of ``{path}`` all but ``/``); or one
        placeholder alone, whose values are whole addresses.
    catalog : pyarrow.Table
        ``schemas.CATALOG`` and a column for each field.
    fields : sequence of Field

    Raises
    ------
    SettingsError
        A placeholder is none that there is.
    """
    names = _PLACEHOLDER.findall(template)
    chosen = {name: _find_field(name, fields) for name in names if name not in _BUILT_IN}
    is_whole = _PLACEHOLDER.fullmatch(template) is not None
    columns = {"image_id", "paths", *(field.name for field in chosen.values())}
    rows = catalog.select(sorted(columns)).to_batches(max_chunksize=10_000)
    return [_fill(template, is_whole, chosen, row) for batch in rows for row in batch.to_pylist()]


def _find_field(name: str, fields: Sequence[Field]) -> Field:
    folded = name.casefold().strip()
    for field in fields:
        if folded in (field.name.casefold(), field.title.casefold()):
            return field
    known = ", ".join([*_BUILT_IN, *(field.title for field in fields)])
    raise SettingsError(f"closeup: `link` holds {{{name}}}, which is no field; expected one of {known}")


def _fill(template: str, is_whole: bool, chosen: dict[str, Field], row: dict[str, Any]) -> str | None:
    values: dict[str, str] = {}
    for name in _PLACEHOLDER.findall(template):
        if name in _BUILT_IN:
            value = _BUILT_IN[name](row["paths"][0], row["image_id"])
        else:
            cell = clean_cell(chosen[name], row[chosen[name].name])
            cell = next(iter(cell), None) if isinstance(cell, list) else cell
            if cell is None:
                return None
            value = str(cell).strip()
        values[name] = quote(value, safe=_KEPT if is_whole else "/" if name == "path" else "")
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def pick_links(addresses: Sequence[str | None], host: str = "", *, is_service: bool = False) -> Links:
    """Return the addresses that may be shown: https, and all of one server.

    Parameters
    ----------
    addresses : sequence of str or None
    host : str
        That server's; empty: they are all of one.
    is_service : bool
        They are IIIF image services: `/info.json` at their end goes.

    Raises
    ------
    SettingsError
        They name several servers, and none is chosen; or nothing is left.
    """
    hosts = [_read_host(address) for address in addresses]
    met = Counter(found for found in hosts if found)
    if not met:
        raise SettingsError(
            "closeup: not one address begins with https://; expected that of another server; see `link`, or leave it "
            'with `kind = "none"`'
        )
    if host and host not in met:
        raise SettingsError(
            f"closeup: `host` is {host!r}, but the addresses are of {_name(met)}; expected one of these"
        )
    if not host and len(met) > 1:
        raise SettingsError(
            f"closeup: the addresses are of {len(met):,} servers, {_name(met)}; expected one, for the site may ask "
            "no other: name it with `host`"
        )
    chosen = host or next(iter(met))
    kept = [
        _spell(address, chosen, is_service) if found == chosen else None
        for address, found in zip(addresses, hosts, strict=True)
    ]
    refused = [address for address, own in zip(addresses, kept, strict=True) if own is None]
    told = dict.fromkeys(f"not {chosen}: {text[:80]}" if text else "a blank field" for text in refused)
    return Links(tuple(kept), f"https://{chosen}", len(refused), tuple(told))


def _read_host(address: str | None) -> str:
    """Return the host of an address that may be shown, with its port; else nothing."""
    if not address or len(address) > MAX_LENGTH or not address.isascii() or not address.isprintable():
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    host = parts.netloc.lower().removesuffix(":443")
    return host if parts.scheme == "https" and _HOST.fullmatch(host) and " " not in address else ""


def _spell(address: str | None, host: str, is_service: bool) -> str:
    """Return an address as readers compare it: below `https://` and the host, in small letters."""
    parts = urlsplit(address or "")
    plain = f"https://{host}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    return plain.removesuffix("/info.json").rstrip("/") if is_service else plain


def _name(met: Counter[str]) -> str:
    shown = ", ".join(f"{host} ({count:,})" for host, count in met.most_common(_NAMED))
    return shown + (" …" if len(met) > _NAMED else "")
