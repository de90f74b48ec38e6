"""The search index: every word of every row finds that row, and nothing finds others."""

import json
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.search_files import (
    Dictionary,
    Directory,
    decode_dictionary,
    decode_directory,
    decode_postings,
    decode_reversed,
    decode_varints,
    encode_dictionary,
    encode_directory,
    encode_postings,
    encode_reversed,
    encode_varints,
    name_files,
    pack,
    unpack,
)
from clipplot_pipeline.site.search_index import (
    DICTIONARY_BYTES,
    DICTIONARY_POSTINGS,
    LAST_BIT,
    build_index,
    describe_row,
    field_bit,
    searchable_texts,
    separate,
)
from clipplot_pipeline.site.search_postings import PostingSorter, Spool
from clipplot_pipeline.site.search_terms import MAX_TERM_CHARS, extract_terms, is_word
from clipplot_pipeline.site.tombstones import drop_old_builds
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.site.verify_search import find_lone

VECTORS = json.loads((Path(__file__).parent / "search_vectors.json").read_text(encoding="utf-8"))
FIELDS = (Field("title", "Title", "text"), Field("tags", "Tags", "tags"), Field("year", "Year", "number"))

words = st.text(st.sampled_from("abäöéß12 猫黒_-.Iıم"), max_size=12)
anything = st.text(max_size=30)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "image_id": st.text("0123456789abcdef", min_size=20, max_size=20),
            "paths": words.map(lambda name: [name + ".jpg"]),
            "title": st.none() | words | anything,
            "tags": st.none() | st.lists(words, max_size=3),
            "year": st.none() | st.integers(1000, 2030).map(float) | st.just(1890.5),
        }
    ),
    max_size=25,
)


def _table(entries):
    text = pa.string()
    schema = {
        "image_id": text,
        "paths": pa.list_(text),
        "title": text,
        "tags": pa.list_(text),
        "year": pa.float64(),
    }
    return pa.table({name: pa.array([row[name] for row in entries], kind) for name, kind in schema.items()})


def _read(index):
    return {file.name: index.read(file) for file in index.files}


def _look_up(index):
    """Return {term: {rank: mask}} by reading the files, and the reversed words."""
    files = _read(index)
    directory = decode_directory(files["directory.bin"])
    found, last = {}, ""
    for number, first in enumerate(directory.terms):
        dictionary = decode_dictionary(files[f"t{number}.bin"])
        assert last < first <= dictionary.terms[0]
        last = dictionary.terms[-1]
        data, start = unpack(files[f"p{number}.bin"], "postings"), 0
        for term, count, size in zip(dictionary.terms, dictionary.counts, dictionary.bytes, strict=True):
            ranks, masks = decode_postings(data[start : start + size])
            start += size
            found[term] = dict(zip(ranks.tolist(), masks.tolist(), strict=True))
            assert len(found[term]) == len(ranks) == count
        assert start == len(data)
    backwards = [word for n in range(len(directory.reversed)) for word in decode_reversed(files[f"r{n}.bin"])]
    return found, backwards


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: ascii(v["text"])[:30])
def test_terms_are_those_that_both_readers_are_held_to(vector):
    assert sorted(extract_terms(vector["text"])) == vector["terms"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Müller", "muller"),
        ("Müller", "mueller"),
        ("Müller", "MÜLLER"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("Ærø", "aero"),
        ("مُحَمَّد", "محمد"),
        ("ＴＯＫＹＯ", "tokyo"),
        ("Παρίσι", "παρισι"),
        ("MonaLisa.jpg", "lisa"),
    ],
)
def test_what_people_type_is_among_the_terms(written, typed):
    (term,) = extract_terms(typed) if "ü" not in typed.lower() else {"muller"}
    assert term in extract_terms(written)


@given(anything)
def test_terms_of_any_text_are_plain_and_short(text):
    for term in extract_terms(text):
        assert 0 < len(term) <= MAX_TERM_CHARS
        assert not any(c.isspace() for c in term)
        assert term == term.lower()
        assert not set(term[1:]) & set(string.punctuation)


@given(words, words)
def test_words_do_not_depend_on_what_stands_beside_them(one, other):
    assert extract_terms(f"{one}, {other}") == extract_terms(one) | extract_terms(other)


@settings(max_examples=60)
@given(rows)
def test_every_word_finds_its_row_and_nothing_finds_others(entries):
    found, backwards = _look_up(build_index(FIELDS, _table(entries), run_postings=40))
    expected = {}
    for rank, row in enumerate(entries):
        for term, mask in describe_row(FIELDS, row).items():
            expected.setdefault(term, {})[rank] = mask
    assert found == expected
    assert list(found) == sorted(found)
    assert backwards == sorted(term[::-1] for term in found if len(term) >= 4 and is_word(term))


@given(rows)
def test_runs_on_disk_change_nothing(entries):
    table = _table(entries)
    one, many = build_index(FIELDS, table), build_index(FIELDS, table, run_postings=1)
    assert (one.folder, one.files, _read(one)) == (many.folder, many.files, _read(many))


def test_a_mask_tells_the_field(collection):
    row = {
        "image_id": "0" * 19 + "f",
        "paths": ["red/a.jpg"],
        "title": "Red",
        "tags": ["blue"],
        "year": 1901.0,
    }
    masks = describe_row(FIELDS, row)
    assert masks["red"] == 0b11
    assert (masks["blue"], masks["1901"], masks["jpg"]) == (0b100, 0b1000, 1)
    assert masks["#" + row["image_id"]] == 1
    assert field_bit(0) == 1
    assert field_bit(29) == 30
    assert field_bit(30) == field_bit(99) == LAST_BIT


def test_neither_yes_nor_https_are_words():
    assert searchable_texts(Field("a", "A", "boolean"), True) == []
    assert searchable_texts(Field("a", "A", "url"), "https://example.org/x") == ["example.org/x"]
    assert searchable_texts(Field("a", "A", "url"), "javascript:alert(1)") == []
    assert searchable_texts(Field("a", "A", "number"), 1901.0) == ["1901"]
    assert searchable_texts(Field("a", "A", "tags"), ["a b", "c"]) == ["a b", "c"]


def test_files_stay_small_and_are_shared_out_by_prefix():
    count = 4_000
    rng = np.random.default_rng(1)
    letters = np.array(list("abcdefghij"))
    table = _table(
        [
            {
                "image_id": f"{rank:020x}",
                "paths": [f"IMG_{rank:05d}.jpg"],
                "title": "".join(rng.choice(letters, 7)) + " all",
                "tags": None,
                "year": 1900.0 + rank % 100,
            }
            for rank in range(count)
        ]
    )
    index = build_index(FIELDS, table)
    files = _read(index)
    dictionaries = [decode_dictionary(files[f"t{n}.bin"]) for n in range(index.dictionaries)]
    assert index.dictionaries > 10
    for number, dictionary in enumerate(dictionaries):
        size = sum(len(term.encode()) + 3 for term in dictionary.terms)
        assert size <= DICTIONARY_BYTES + 3 * MAX_TERM_CHARS + 3
        assert sum(dictionary.counts) <= DICTIONARY_POSTINGS or len(dictionary.terms) == 1
        assert max(len(files[f"t{number}.bin"]), len(files[f"p{number}.bin"])) < 16_384
    assert len(files["directory.bin"]) < 2_000
    assert sorted(files) == sorted(name_files(index.dictionaries, index.reversed_dictionaries))


def test_a_term_of_very_many_images_has_a_dictionary_of_its_own():
    assert list(PostingSorter().sort()) == []
    count = DICTIONARY_POSTINGS + 1
    table = _table(
        [
            {"image_id": f"{k:020x}", "paths": ["aa"], "title": None, "tags": ["z"], "year": None}
            for k in range(count)
        ]
    )
    files = _read(build_index(FIELDS, table))
    directory = decode_directory(files["directory.bin"])
    assert directory.terms[-2:] == ("a", "z")
    assert decode_dictionary(files[f"t{len(directory.terms) - 1}.bin"]).counts == (count,)


def test_an_empty_collection_has_an_empty_index():
    index = build_index(FIELDS, _table([]))
    assert (index.dictionaries, index.reversed_dictionaries, [f.name for f in index.files]) == (
        0,
        0,
        ["directory.bin"],
    )


@given(st.lists(st.integers(0, 2**35 - 1)))
def test_varints_come_back(numbers):
    data, ends = encode_varints(np.array(numbers, np.int64))
    assert decode_varints(data).tolist() == numbers
    assert len(ends) == len(numbers)
    assert (ends[-1] if numbers else 0) == len(data)


@given(
    st.lists(
        st.dictionaries(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3, 2**31]), min_size=1, max_size=9),
        min_size=1,
        max_size=5,
    )
)
def test_postings_come_back(terms):
    ranks = np.array([rank for term in terms for rank in term], np.uint32)
    masks = np.array([mask for term in terms for mask in term.values()], np.uint32)
    data, sizes = encode_postings(np.array([len(term) for term in terms]), ranks, masks)
    assert sizes.sum() == len(data)
    start = 0
    for term, size in zip(terms, sizes.tolist(), strict=True):
        found = decode_postings(data[start : start + size])
        assert dict(zip(*(part.tolist() for part in found), strict=True)) == term
        assert sorted(found[1].tolist()) == found[1].tolist()
        start += size
    # What the verifier takes out of a whole file at once is what it would find term by term.
    alone = [[next(iter(term.values())), next(iter(term))] if len(term) == 1 else [0, 0] for term in terms]
    assert find_lone(data, sizes.tolist(), "p0") == alone


def test_a_spool_on_disk_gives_back_what_it_took():
    spool = Spool(limit_bytes=10)
    starts = [spool.append(part) for part in (b"abc", b"defghijklmnop", b"q")]
    assert starts == [0, 3, 16]
    assert spool.read(3, 13) == b"defghijklmnop"
    assert spool.read(0, 3) == b"abc"
    assert spool.append(b"r") == 17
    spool.close()


def test_the_manifest_names_the_index_and_names_follow_content(plan, collection, viewer):
    manifest = read_manifest(plan.manifest)
    assert manifest.search is not None
    paths = {file.path for file in plan.files if file.path.startswith("q/")}
    names = name_files(manifest.search.dictionaries, manifest.search.reversed_dictionaries)
    assert paths == {f"{manifest.search.folder}/{name}" for name in names}
    catalog = collection.content.catalog
    column = catalog.column_names.index("description")
    other = catalog.set_column(column, catalog.schema.field("description"), pa.array(["other"] * 40))
    changed = build_site(replace(collection.content, catalog=other), viewer).manifest["search"]
    assert changed["folder"] != manifest.search.folder


def test_a_removed_picture_leaves_no_word_behind(site, make_smaller):
    old = read_manifest(site.read_bytes("manifest.json"))
    smaller, plan = make_smaller(39)
    publish(plan, site, smaller.details)
    assert [path for path in site.list_files() if path.startswith(old.search.folder)], "one build of grace"
    drop_old_builds(site.url)
    left = [path for path in site.list_files() if path.startswith("q/")]
    assert left
    assert not [path for path in left if path.startswith(old.search.folder)]
    assert verify_site(site.url).is_whole


def _index_file(site, name):
    return f"{json.loads(site.read_bytes('manifest.json'))['search']['folder']}/{name}"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("directory.bin", b"x", "not gzip"),
        ("directory.bin", pack(b"["), "not JSON"),
        ("directory.bin", pack(b"[]"), "expected an object"),
        ("directory.bin", encode_directory(Directory(("b", "a"), ())), "2 terms; expected"),
        ("t0.bin", pack(b'{"terms":["a"],"counts":[1],"bytes":[]}'), "expected as many"),
        ("t0.bin", pack(b'{"terms":[1]}'), "expected a list of text"),
        ("t0.bin", pack(b'{"terms":["a"],"counts":[0],"bytes":[1]}'), "expected a list of whole numbers"),
        ("t0.bin", encode_dictionary(Dictionary(("b", "a"), (1, 1), (3, 3))), "expected them to rise from"),
        ("p0.bin", pack(b""), "0 bytes; expected"),
        ("r0.bin", encode_reversed(["zzzz", "aaaa"]), "expected them to rise from"),
    ],
)
def test_damage_is_named(site, name, data, words):
    path = _index_file(site, name)
    site.write_bytes(path, data)
    problems = "\n".join(verify_site(site.url).problems)
    assert words in problems
    assert name[0] in problems


def _change_words(site, change):
    path = json.loads(site.read_bytes("manifest.json"))["words"]["path"].replace("{n}", "0")
    value = json.loads(site.read_bytes(path))
    change(value["rows"][7])
    site.write_bytes(path, json.dumps(value).encode())


@pytest.mark.parametrize("sample", [None, 3])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda row: row["fields"].update(description="zebra"),
            "'25' finds rank 7 in fields 0b11000001; expected 0b10000001",
        ),
        (lambda row: row["fields"].update(year=11111), "nothing finds '11111', a word of rank 7"),
        (lambda row: row["fields"].update(tags=["jpg"]), "'jpg' finds rank 7 in fields 0b1; expected 0b101"),
    ],
)
def test_words_that_the_index_does_not_find_are_told(site, sample, change, words):
    _change_words(site, change)
    assert words in "\n".join(verify_site(site.url, sample=sample).problems)


@given(anything, anything)
def test_a_separator_parts_two_terms(one, other):
    before, first = sorted([one, other])
    if before < first:
        separator = separate(before, first)
        assert before < separator <= first
        assert separator[:-1] <= before


@pytest.mark.parametrize(
    "data", [b"\x01", b"\x01\x02\x05", b"\x01\x02\x05\x00", b"\x01\x00", b"\x80", b"", b"\x81" * 6 + b"\x01"]
)
def test_broken_postings_are_refused(data):
    with pytest.raises(SiteError, match="publish the site again"):
        decode_postings(data)
