"""A file that cannot be fetched: whether it is amiss itself, or the store that was asked for it.

Belongs here: what is said of either. Does not belong here: fetching (``opening``), files on this machine (``formats``).
"""

from __future__ import annotations

import lzma
import re
import tarfile
import zipfile
import zlib

from clipplot_pipeline.errors import StoreError, read_s3_code
from clipplot_pipeline.images.formats import Refused, explain_open
from clipplot_pipeline.model import NoOriginalError

#: What reading a member of an archive raises that is damaged.
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError)
#: In what zipfile says, by a ``RuntimeError`` and no class of its own, of a member that it cannot unpack: one with a
#: password, and one packed as it does not know (Deflate64, as Windows packs large files).
_CANNOT_UNPACK = re.compile("encrypted|compression")
#: What S3 says of the key that is shown, not of the file: with another one, or another time, it may be given.
_KEY_REFUSED = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "NotSignedUp", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)


def explain_fetch(error: Exception, path: str) -> Refused:
    """Return the refusal of a file that was to be fetched, if it is the file that is amiss.

    A client's own words are not in it: reasons are published, and those tell of servers.

    Raises
    ------
    StoreError
        It is the store that fails: another time the file may be there.
    """
    is_about_key = read_s3_code(error) in _KEY_REFUSED
    if isinstance(error, FileNotFoundError | PermissionError | NoOriginalError) and not is_about_key:
        return explain_open(error)
    cannot_unpack = isinstance(error, RuntimeError) and _CANNOT_UNPACK.search(str(error))
    if isinstance(error, _DAMAGE) or cannot_unpack:
        return Refused("unreadable", f"the file cannot be read out of its archive ({type(error).__name__})")
    text = f"{type(error).__name__}: {error}".rstrip(" :")
    raise StoreError(
        f"{path}: the source does not give this file ({text}); expected an answer; see that the source can be reached "
        "and build again; leave out what can never be read (`exclude`)"
    ) from error
