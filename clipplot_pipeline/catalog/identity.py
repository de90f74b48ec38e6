"""The public names of images.

Belongs here: how a public id is made. Does not belong here: which image gets which (``join``).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

ID_DIGITS = 20
_ID = re.compile(r"[0-9a-f]{20}")


def image_id(salt: bytes, sha256: str) -> str:
    """Return the public id of an image: the first 20 hex digits of HMAC-SHA256(salt, sha256).

    A bare hash would let anyone test whether a known picture is in a private collection.

    Parameters
    ----------
    salt : bytes
        Secret of the collection.
    sha256 : str
        64 hex digits, of the original file.
    """
    return hmac.digest(salt, sha256.encode("ascii"), "sha256").hex()[:ID_DIGITS]


def is_id(text: str) -> bool:
    """Tell whether a text has the shape of a public id."""
    return _ID.fullmatch(text) is not None


def adopt_id(text: str) -> str:
    """Return the public id that a cell of the user's id column stands for: 20 hex digits.

    20 lower-case hex digits are taken as they are. Of anything else (an accession number) it is the beginning of the
    SHA-256 of its text in Unicode NFC: public on purpose, so that other systems can work out the same address.
    """
    if _ID.fullmatch(text):
        return text
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:ID_DIGITS]
