"""Secrets in addresses: names and passwords, and the keys and signatures that open an address to whoever has it.

Belongs here: addresses as they may be shown and published. Does not belong here: requests (``http_fetch``), which are
made with the whole address.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc

_USER = re.compile(r"([a-z][a-z0-9+.-]*://)[^/?#\s]*@", re.IGNORECASE)
#: Up to the next address: in a cell several have a ``|`` between them.
_QUERY = re.compile(r"\?([^\s#|]*)")
#: A word of a key: of ``X-Amz-Signature`` and ``AWSAccessKeyId`` as of ``api_key``.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
#: Keys of a query with one of these words in them tell of a secret.
_TELLING = frozenset(
    ("signature", "sig", "hmac", "token", "jwt", "key", "apikey", "accesskey", "credential", "credentials", "expires",
     "password", "passwd", "passphrase", "pwd", "secret", "auth", "authorization", "session", "sessionid")
)  # fmt: skip
#: What a text with a secret in it looks like, and some without.
_SUSPECT = r"://\S*[@?]"


def hide_user(url: str) -> str:
    """Return an address without a name and password."""
    return _USER.sub(r"\1", url, count=1)


def hide_secrets(text: str) -> str:
    """Return an address, or a text with addresses in it, as it may be shown.

    Names and passwords are gone; so is a query if one of its keys tells of a secret (signatures, tokens, keys …).
    """
    if "://" not in text:
        return text
    return _QUERY.sub(lambda query: "" if _tells(query[1]) else query[0], _USER.sub(r"\1", text))


def hide_in_table(table: pa.Table) -> pa.Table:
    """Return a table of texts and lists of texts in which addresses are as `hide_secrets` has them."""
    for number, name in enumerate(table.column_names):
        column = table[name]
        is_list = pa.types.is_list(column.type)
        texts = pc.list_flatten(column) if is_list else column
        if pc.any(pc.match_substring_regex(texts, _SUSPECT)).as_py():
            cells = [_hide_in_cell(cell) for cell in column.to_pylist()]
            table = table.set_column(number, name, pa.array(cells, column.type))
    return table


def _hide_in_cell(cell: str | list[str] | None) -> str | list[str] | None:
    if isinstance(cell, list):
        return [hide_secrets(text) for text in cell]
    return hide_secrets(cell) if cell else cell


def _tells(query: str) -> bool:
    keys = (unquote_plus(part.partition("=")[0]) for part in re.split("[&;?]", query))
    return any(word.lower() in _TELLING for key in keys for word in _WORD.findall(key))
