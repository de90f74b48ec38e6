"""Identities: the public name of an image."""

from __future__ import annotations

import hashlib
import hmac

#: Hex digits of an image_id: a collision among a hundred million images has a chance below one in a hundred million.
ID_DIGITS = 20


def make_image_id(salt: bytes, content: str) -> str:
    """Return an image's public id: 20 hex digits.

    A keyed hash (HMAC-SHA256): a bare hash would let anyone test whether a known picture is in a private
    collection.

    Parameters
    ----------
    salt : bytes
        The collection's secret.
    content : str
        The picture's sha256, or the value of the user's id column behind ``id:``.
    """
    return hmac.new(salt, content.encode(), hashlib.sha256).hexdigest()[:ID_DIGITS]
