"""Which formats are read, and what is said of files that are not.

Belongs here: the list of formats, signatures of others, reasons in plain language.
Does not belong here: decoding.
"""

from __future__ import annotations

import importlib
import importlib.util
import struct
import warnings
from functools import cache

from PIL import Image

from clipplot_pipeline.images.strip import sample_bits
from clipplot_pipeline.model import Reject, RejectKind

#: Pillow's names; those of plug-ins count where the plug-in is registered.
_READ = (
    *("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP", "JPEG2000", "PSD", "ICO", "ICNS", "QOI"),
    *("HEIF", "JXL"),
)
#: Plug-ins of the extra `formats`: Pillow's name of the format, and the module that reads it.
_PLUGINS = {"HEIF": "pillow_heif", "JXL": "pillow_jxl"}
#: Formats whose signature is too short to trust: read only if the extension says so too.
_READ_BY_EXTENSION = {
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
    **{".tga": "TGA", ".pcx": "PCX", ".dib": "DIB", ".sgi": "SGI"},
}
#: Camera raw files look like TIFF and yield a thumbnail: better none than a wrong one.
_RAW_NAMES = "dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 raf pef srw 3fr rwl x3f"
_RAW = frozenset(f".{name}" for name in _RAW_NAMES.split())
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"II\xbc", "a JPEG XR picture"),
    (b"%!PS", "a PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (b"\x01\0\x09\0", "a Windows metafile"),
    (b"BLP1", "a game texture (BLP)"),
    (b"BLP2", "a game texture (BLP)"),
    (b"DDS ", "a game texture (DDS)"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"gimp xcf", "a GIMP file"),
    (b"AT&TFORM", "a DjVu document"),
)
_NO_PICTURE: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x1aE\xdf\xa3", "a film"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"version https://git-lfs", "a git-lfs pointer, not the picture itself; run `git lfs pull`"),
    (b"\0\x05\x16\x07", "a macOS resource fork"),
)
_PLUGIN_FORMATS = {"HEIF": "HEIF/HEIC", "JXL": "JPEG XL"}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_INSTALL = "; it is read once `pip install 'clipplot-pipeline[formats]'` has been run, or convert it to JPEG"
_CONVERT = "; this format is not read: convert it to JPEG, PNG or TIFF"


class Refused(Exception):  # noqa: N818 - it is an outcome, not a failure
    """A file that becomes no image; ``kind`` and ``reason`` as in ``model.Reject``."""

    def __init__(self, kind: RejectKind, reason: str) -> None:
        super().__init__(reason)
        self.kind: RejectKind = kind
        self.reason = reason

    def as_reject(self, path: str) -> Reject:
        """Return the outcome for a file."""
        return Reject(path, self.kind, self.reason)


class CutOff(Refused):
    """A picture that breaks off: as far as it goes it may be fine."""

    def __init__(self, format_name: str) -> None:
        super().__init__(
            "unreadable",
            f"the {format_name} file is cut off: it ends before the picture does (`allow_truncated` takes what is"
            " there)",
        )


def find_plugins() -> tuple[str, ...]:
    """Return the names of the formats that installed plug-ins read, without loading these."""
    return tuple(name for name, module in _PLUGINS.items() if importlib.util.find_spec(module))


@cache
def load_plugins() -> None:
    """Load Pillow's formats and those of the plug-ins that are installed, for this process, once."""
    Image.init()
    for name in find_plugins():
        module = importlib.import_module(_PLUGINS[name])
        if name == "HEIF":
            module.register_heif_opener(thumbnails=False)


def prepare_pillow(max_pixels: int) -> None:
    """Load Pillow's formats, set its pixel limit and silence its warnings, for this process.

    Pillow warns of damage that is either harmless or becomes a reject. Process-wide, as Pillow has it.
    """
    load_plugins()
    Image.MAX_IMAGE_PIXELS = max_pixels
    warnings.filterwarnings("ignore", module=r"PIL(\.|$)")


def candidates(path: str, head: bytes) -> list[str]:
    """Return Pillow's names of the formats that a file may have, from its first 16 bytes or more.

    ``prepare_pillow`` has been called before.

    Raises
    ------
    Refused
        There is none.
    """
    if not head:
        raise Refused("unreadable", "the file is empty (0 bytes)")
    extension = _extension(path)
    if extension in _RAW:
        raise Refused("unsupported", f"a camera raw file ({extension}){_CONVERT}")
    names = [name for name in (*_READ, _READ_BY_EXTENSION.get(extension)) if name in Image.OPEN]
    accepting = []
    for name in names:
        accept = Image.OPEN[name][1]
        if accept is None or accept(head[:16]) is True:
            accepting.append(name)
    if not accepting:
        raise explain_unidentified(path, head)
    return accepting


def explain_unidentified(path: str, data: bytes) -> Refused:
    """Return the refusal of a file in which no picture was found, from its first bytes (64 kB are enough)."""
    extension = _extension(path)
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    name = _name_of_plugin(data)
    if name and name not in Image.OPEN:
        return Refused("unsupported", f"a {_PLUGIN_FORMATS[name]} picture{_INSTALL}")
    if b"<svg" in start and start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        return Refused("unsupported", f"an SVG drawing{_CONVERT}")
    for signature, what in _UNSUPPORTED:
        if data.startswith(signature):
            return Refused("unsupported", what + _CONVERT)
    if data.startswith(b"\xff\xd8\xff"):
        bits = sample_bits(data)
        if bits is not None and bits != 8:
            return Refused("unsupported", f"a JPEG of {bits} bits a sample{_CONVERT}")
    if name or any(_accepts(known, data) for known in _READ):
        return Refused("unreadable", "the file begins like a picture, but its header is damaged")
    return Refused(
        "unreadable", f"the name claims a picture, but the file holds {_what(extension, data, start)}"
    )


def _name_of_plugin(data: bytes) -> str | None:
    """Return the name of the plug-in's format that a file begins like."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return "JXL" if data.startswith((b"\0\0\0\x0cJXL ", b"\xff\x0a")) else None


def _what(extension: str, data: bytes, start: bytes) -> str:
    for signature, what in _NO_PICTURE:
        if data.startswith(signature):
            return what
    if data[4:8] == b"ftyp":
        return "a film"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "a web page, perhaps an error message saved in the picture's place"
    if not data.strip(b"\0"):
        return "nothing but zeros"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in data[:256]):
        return "text"
    return f"no {extension.removeprefix('.') or 'picture'} data nor that of another format that is read"


def explain_error(error: Exception, format_name: str) -> Refused:
    """Return the refusal of a picture whose decoding raised an error."""
    text = " ".join(str(error).split())[:200]
    if isinstance(error, Image.DecompressionBombError):
        return Refused(
            "unreadable",
            f"the {format_name} file claims far more pixels than the {Image.MAX_IMAGE_PIXELS} that `max_pixels`"
            " allows: a decompression bomb, or a damaged header",
        )
    if isinstance(error, MemoryError):
        return Refused(
            "unreadable",
            f"the {format_name} picture does not fit into the memory that `picture_memory_mb` allows",
        )
    if isinstance(error, OSError) and "truncated" in text.lower():
        return CutOff(format_name)
    name = "struct.error" if isinstance(error, struct.error) else type(error).__name__
    return Refused("unreadable", f"the {format_name} file is damaged ({name}: {text})")


def explain_open(error: OSError) -> Refused:
    """Return the refusal of a file that could not be opened."""
    if isinstance(error, FileNotFoundError):
        return Refused("unreadable", "there is no such file: it has been removed, or is a link to nothing")
    if isinstance(error, PermissionError):
        return Refused("unreadable", "permission to read the file is denied")
    return Refused("unreadable", f"the file cannot be opened ({error.strerror or error})")


def _accepts(name: str, head: bytes) -> bool:
    accept = Image.OPEN[name][1] if name in Image.OPEN else None
    return accept is not None and accept(head[:16]) is True


def _extension(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name[name.rfind(".") :].lower() if "." in name else ""
