"""The error tree: everything that clipplot raises on purpose.

::

    ClipplotError
    ├── UsageError            the user asked for something that cannot be: exit code 2
    │   └── SettingsError     an unknown key, a value out of range
    ├── SourceError           the source cannot be listed or read as a whole
    │   └── TableError        a metadata table cannot be read or joined
    ├── DecoderError          pictures cannot be decoded at all on this machine
    ├── EmbedderError         an embedder cannot be had or refuses its input
    ├── StoreError            the store is damaged or cannot be written
    └── SiteError             a site does not hold what its manifest names
        └── PublishError      a site could not be put where it belongs

Belongs here: exception classes, and what S3 calls an error, which more than one room asks. A message says what it is
about, what was found, what was expected and what to do. One bad image or cell is never an exception: it is a row of the
rejects.
"""


class ClipplotError(Exception):
    """Base of all errors that are explained to the user without a traceback (exit code 1)."""

    exit_code = 1


class UsageError(ClipplotError):
    """The user asked for something that cannot be (exit code 2)."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type or out of range."""


class SourceError(ClipplotError):
    """The source of images cannot be listed or read as a whole."""


class TableError(SourceError):
    """A metadata table cannot be read or joined."""


class DecoderError(ClipplotError):
    """Pictures cannot be decoded at all: the processes that do so cannot be had."""


class EmbedderError(ClipplotError):
    """An embedder cannot be had, or refuses its input."""


class StoreError(ClipplotError):
    """The store is damaged or cannot be written."""


class SiteError(ClipplotError):
    """A site does not hold what its manifest names."""


class PublishError(SiteError):
    """A site could not be put where it belongs."""


def read_s3_code(error: BaseException) -> str:
    """Return what S3 calls that of which s3fs made an error; empty if it was none of S3's."""
    answer = getattr(error.__cause__, "response", None)
    told = answer.get("Error") if isinstance(answer, dict) else None
    return str(told.get("Code", "")) if isinstance(told, dict) else ""
