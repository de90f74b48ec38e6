"""What names and first bytes say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.sources.names import (
    CLUTTER_EXTENSIONS,
    PICTURE_EXTENSIONS,
    claims_picture,
    extended,
    file_clutter,
    folder_clutter,
    is_excluded,
    is_picture,
    spell,
    unspell,
)


def test_no_extension_is_both_picture_and_clutter():
    assert not PICTURE_EXTENSIONS & CLUTTER_EXTENSIONS.keys()


@pytest.mark.parametrize("name", ["a.jpg", "A.JPG", "b\\c.png", "é.TIFF", "x.heic", "x.svg", "a.b.webp"])
def test_names_that_claim_a_picture(name):
    assert claims_picture(name)
    assert file_clutter(name) is None


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "._a.jpg",
        ".hidden.jpg",
        "Thumbs.db",
        "desktop.ini",
        "a.txt",
        "a.jpg.part",
        "a.jpg.xmp",
        "a.MP4",
    ],
)
def test_clutter(name):
    assert file_clutter(name)


@pytest.mark.parametrize("name", ["noextension", "a.xyz", "2004.07.15"])
def test_names_that_settle_nothing(name):
    assert file_clutter(name) is None
    assert not claims_picture(name)


def test_folders_of_systems():
    assert all(folder_clutter(name) for name in ("__MACOSX", "@eaDir", ".git", "$RECYCLE.BIN"))
    assert not any(folder_clutter(name) for name in ("photos", "folder.jpg", "a.b"))


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\1\2\3\4WEBP",
        b"II*\0",
        b"\0\0\0\x18ftypheic",
    ],
)
def test_first_bytes_of_pictures(head):
    assert is_picture(head + bytes(20))


@given(text=st.text(max_size=40))
def test_text_is_no_picture(text):
    head = text.encode()[:32]
    assert not is_picture(head) or head[:4] in {b"GIF8", b"8BPS", b"qoif"} or b"\0" in head


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("drafts/a.jpg", ["drafts/*"], True),
        ("drafts/b/a.jpg", ["drafts/*"], True),
        ("drafts", ["drafts/"], True),
        ("x/drafts", ["drafts"], True),
        ("x/drafts", ["drafts/**"], True),
        ("x/a_thumb.jpg", ["*_thumb.jpg"], True),
        ("a_thumb.jpg", ["**/*_thumb.jpg"], True),
        ("x/y/a.jpg", ["x/*/a.jpg"], True),
        ("a.jpg", ["./a.jpg"], True),
        ("x/y/a.jpg", ["y/a.jpg"], False),
        ("drafts2/a.jpg", ["drafts/*"], False),
        ("a.JPG", ["*.jpg"], False),
        ("a.jpg", [], False),
        ("a[1].jpg", ["a[[]1].jpg"], True),
    ],
)
def test_patterns(path, patterns, expected):
    assert is_excluded(path, patterns) is expected


@given(raw=st.binary(min_size=1, max_size=40))
def test_any_name_of_bytes_is_spelled_as_text_and_back(raw):
    name = raw.decode("utf-8", "surrogateescape")
    spelled = spell(name)
    assert spelled is not None
    spelled.encode()
    if "%" not in name:
        assert unspell(spelled) == name


@given(name=st.text(max_size=40))
def test_a_name_in_unicode_is_spelled_as_it_is(name):
    assert spell(name) == name


def test_half_a_surrogate_pair_has_no_spelling():
    assert spell("a\ud83d.jpg") is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\photos", "\\\\?\\C:\\photos"),
        ("C:/photos/CON.jpg", "\\\\?\\C:\\photos\\CON.jpg"),
        ("\\\\server\\share\\x", "\\\\?\\UNC\\server\\share\\x"),
        ("\\\\?\\C:\\photos", "\\\\?\\C:\\photos"),
    ],
)
def test_extended_paths_of_windows(path, expected):
    assert extended(path) == expected
    assert extended(expected) == expected
