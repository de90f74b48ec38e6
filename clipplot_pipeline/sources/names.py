"""What a file's name or its first bytes say: picture, clutter, or unknown.

Belongs here: pure functions over names and a few bytes. Does not belong here: any file system.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from fsspec.utils import glob_translate

_PICTURES = (
    "jpg jpeg jpe jfif jif png apng gif webp avif avifs tif tiff bmp dib ico icns jp2 j2k jpf jpx jpc j2c"
    " ppm pgm pbm pnm psd psb tga pcx qoi sgi heic heif hif jxl jxr svg svgz eps wmf emf blp dds exr hdr xcf"
    " dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 raf pef srw 3fr rwl x3f mpo djvu xbm xpm"
)
#: Extensions that claim to be a picture, whether or not one that can be decoded.
PICTURE_EXTENSIONS = frozenset(f".{name}" for name in _PICTURES.split())

TABLES = "text and tables"
_CLUTTER = {
    TABLES: (
        "txt md rst log csv tsv json jsonl ndjson xml html htm xhtml css js mjs ts py ipynb yaml yml toml ini"
        " cfg conf sql parquet arrow feather npy npz xls xlsx ods mat h5 hdf5 db sqlite sqlite3 geojson kml gpx"
    ),
    "documents": "pdf doc docx odt rtf ppt pptx odp key pages numbers epub mobi ps tex indd ai",
    "video": "mp4 m4v mov avi mkv webm wmv mpg mpeg mts m2ts 3gp flv ogv",
    "audio": "mp3 wav flac ogg oga m4a aac aif aiff wma opus mid midi",
    "archives": "zip tar gz tgz bz2 xz zst 7z rar iso dmg",
    "sidecar files": "xmp aae thm pp3 dop lrcat lrprev cube icc icm",
    "unfinished downloads": "part partial crdownload download tmp temp swp bak",
    "programs": "exe dll so dylib sh bat cmd ps1 lnk url jar apk msi ttf otf woff woff2",
}
#: Extensions that settle that a file is no picture, and the reason it is counted under.
CLUTTER_EXTENSIONS = {f".{name}": reason for reason, names in _CLUTTER.items() for name in names.split()}

_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"})
_SYSTEM_FOLDERS = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"})

HIDDEN_FILES = "hidden and system files"
HIDDEN_FOLDERS = "hidden and system folders"
NOT_PICTURES = "other files that are no pictures"
EXCLUDED = "excluded by a pattern"
NOT_INCLUDED = "not named by a pattern to include"

#: What a table among the pictures is called by the conventions of Hugging Face's *imagefolder*; of several in one
#: folder the first counts.
TABLE_NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")

#: As many first bytes as ``is_picture`` wants to see.
HEAD_BYTES = 32
_MAGIC = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",  # TIFF, also most raw formats
    b"MM\0*",
    b"II+\0",  # BigTIFF
    b"MM\0+",
    b"8BPS",  # Photoshop
    b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cJXL \r\n\x87\n",  # JPEG XL
    b"qoif",
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc")


@dataclass(frozen=True)
class Selection:
    """What of a folder is wanted.

    Attributes
    ----------
    exclude, include : tuple of str
        Patterns of paths, see ``is_excluded``; without one to include everything is.
    pattern : str
        As a shell reads it: ``*`` stands for no ``/``, ``**`` for any folders. Empty: everything.
    """

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    pattern: str = ""

    def leave_out(self, path: str) -> str | None:
        """Return the reason to leave a file out by the user's patterns, or None."""
        if is_excluded(path, self.exclude):
            return EXCLUDED
        if self.include and not is_included(path, self.include):
            return NOT_INCLUDED
        if self.pattern and not re.fullmatch(glob_translate(self.pattern), path):
            return NOT_INCLUDED
        return None


def is_picture(head: bytes) -> bool:
    """Tell from a file's first ``HEAD_BYTES`` bytes whether it is a picture.

    Signatures as published by the formats; two-letter ones (BMP) are left out, for text begins so too.
    """
    return (
        head.startswith(_MAGIC)
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _BRANDS)
    )


def file_clutter(name: str) -> str | None:
    """Return the reason to leave a file out by its name alone, or None."""
    if name.startswith(".") or name.lower() in _SYSTEM_FILES:
        return HIDDEN_FILES
    return CLUTTER_EXTENSIONS.get(extension(name))


def folder_clutter(name: str) -> str | None:
    """Return the reason to leave a folder out, with all that is in it, by its name alone, or None."""
    return HIDDEN_FOLDERS if name.startswith(".") or name.lower() in _SYSTEM_FOLDERS else None


def claims_picture(name: str) -> bool:
    """Tell whether a file's extension claims that it is a picture."""
    return extension(name) in PICTURE_EXTENSIONS


def extension(name: str) -> str:
    """Return the extension in lower case, with its dot; empty if there is none."""
    return PurePosixPath(name.replace("\\", "_")).suffix.lower()


def is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a file or folder is left out by one of the user's patterns.

    Parameters
    ----------
    path : str
        Relative to the source, ``/`` between folders.
    patterns : sequence of str
        As in a shell, case counts: ``*`` also stands for ``/``. A pattern without ``/`` is compared with the
        last name, so that ``*_thumb.jpg`` or ``drafts`` holds in every folder.
    """
    name = path.rsplit("/", 1)[-1]
    for pattern in patterns:
        bare = pattern.removesuffix("/").removesuffix("/**").removeprefix("./")
        anywhere = bare.removeprefix("**/")
        if fnmatchcase(path, bare) or fnmatchcase(path, anywhere):
            return True
        if "/" not in anywhere and fnmatchcase(name, anywhere):
            return True
    return False


def is_included(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a file, or a folder above it, is named by one of the user's patterns; see ``is_excluded``."""
    parts = path.split("/")
    return any(is_excluded("/".join(parts[:depth]), patterns) for depth in range(1, len(parts) + 1))


def spell(name: str) -> str | None:
    """Return a file's name as text that can be stored, or None if it has no such spelling.

    Bytes that are not UTF-8 (Python holds them as lone surrogates) become ``%XX``; ``unspell`` undoes it.
    """
    spelled = re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", name)
    try:
        spelled.encode()
    except UnicodeEncodeError:
        return None
    return spelled


def unspell(path: str) -> str:
    """Return a path in which ``%80`` to ``%FF`` stand for the bytes that ``spell`` found (upper case only)."""
    return re.sub("%([89A-F][0-9A-F])", lambda found: chr(0xDC00 + int(found[1], 16)), path)


def extended(path: str) -> str:
    r"""Return an absolute Windows path in its extended form, ``\\?\…``.

    It lifts the limit of 260 characters and lets reserved names (``CON.jpg``) be read. Applied twice, it
    changes nothing more. Source: Microsoft, "Naming Files, Paths, and Namespaces".
    """
    path = path.replace("/", "\\")
    if path.startswith(("\\\\?\\", "\\\\.\\")):
        return path
    if path.startswith("\\\\"):
        return "\\\\?\\UNC\\" + path[2:]
    return "\\\\?\\" + path
