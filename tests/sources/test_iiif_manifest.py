"""What manifests and collections say, in both versions of the Presentation API, and what is wrong in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.sources.iiif_manifest import Canvas, Collection, ImageService, Manifest, read_document
from clipplot_pipeline.sources.iiif_table import make_about
from clipplot_pipeline.sources.iiif_text import IiifText

WHERE = "https://a.example/m.json"


def read(document: Any, language: str = "en") -> Any:
    return read_document(document, WHERE, IiifText(language))


def canvas_3(body: Any, **more: Any) -> dict[str, Any]:
    painting = {"type": "Annotation", "motivation": "painting", "body": body}
    return {"id": f"{WHERE}/c", "type": "Canvas", "items": [{"items": [painting]}], **more}


def manifest_3(*canvases: Any, **more: Any) -> dict[str, Any]:
    return {"id": WHERE, "type": "Manifest", "label": {"en": ["Book"]}, "items": list(canvases), **more}


IMAGE = {
    "id": "https://i.example/1.jpg",
    "type": "Image",
    "service": [
        {"@id": "https://auth.example", "profile": "http://iiif.io/api/auth/1/login"},
        {
            "@id": "https://i.example/1/",
            "@type": "ImageService2",
            "profile": "http://iiif.io/api/image/2/level2.json",
        },
    ],
}
SERVICE = ImageService("https://i.example/1", "http://iiif.io/api/image/2/level2.json")


def test_presentation_3_is_read() -> None:
    found = read(manifest_3(canvas_3(IMAGE, label={"none": ["1r"]})))
    assert found == Manifest(
        WHERE, (Canvas(f"{WHERE}/c", "1r", "https://i.example/1.jpg", SERVICE),), {"Title": ["Book"]}, "Book"
    )


def test_presentation_2_is_read() -> None:
    canvas = {
        "@id": f"{WHERE}/c",
        "label": {"@value": "1r", "@language": "la"},
        "images": [{"resource": {**IMAGE, "@id": IMAGE["id"], "@type": "dctypes:Image"}}],
    }
    document = {
        "@id": WHERE,
        "@type": "sc:Manifest",
        "label": ["Book", "of hours"],
        "sequences": [{"canvases": [canvas]}, "https://a.example/another-order"],
    }
    assert read(document) == Manifest(
        WHERE,
        (Canvas(f"{WHERE}/c", "1r", "https://i.example/1.jpg", SERVICE),),
        {"Title": ["Book", "of hours"]},
        "Book; of hours",
    )


def test_of_several_pictures_on_a_canvas_each_counts_and_of_a_choice_the_first() -> None:
    other = {"id": "https://i.example/2.jpg", "type": "Image"}
    choice = {"type": "Choice", "items": [IMAGE, other]}
    part = {"type": "SpecificResource", "source": other, "selector": {"region": "0,0,9,9"}}
    canvas = canvas_3([choice, part, {"type": "Sound", "id": "https://i.example/x.mp3"}])
    found = read(manifest_3(canvas))
    assert [(c.id, c.url) for c in found.canvases] == [
        (f"{WHERE}/c", IMAGE["id"]),
        (f"{WHERE}/c/2", other["id"]),
    ]


def test_collections_of_both_versions_name_their_members_each_once() -> None:
    three = {
        "id": WHERE, "type": "Collection", "label": {"en": ["All"]},
        "items": [{"id": "https://a.example/1", "type": "Manifest"},
                  {"id": "https://a.example/2", "type": "Collection"}],
    }  # fmt: skip
    assert read(three) == Collection(WHERE, "All", ("https://a.example/1", "https://a.example/2"))
    two = {
        "@id": WHERE, "@type": "sc:Collection", "label": "All",
        "collections": [{"@id": "https://a.example/2"}], "manifests": ["https://a.example/1"],
        "members": [{"@id": "https://a.example/1"}], "first": "https://a.example/p1",
    }  # fmt: skip
    assert read(two) == Collection(
        WHERE, "All", ("https://a.example/2", "https://a.example/1", "https://a.example/p1")
    )


def test_words_go_to_their_fields_in_the_language_that_fits() -> None:
    document = manifest_3(
        summary={"en": ["<p>A <b>book</b>.</p>"], "de": ["Ein Buch."]},
        metadata=[
            {"label": {"en": ["Date"], "de": ["Entstehungszeit"]}, "value": {"none": ["c. 1480"]}},
            {"label": {"en": ["Artist"]}, "value": {"en": ["<a href='x'>Jane</a>", "Joan"]}},
            {"label": {"en": ["Shelfmark:"]}, "value": {"none": ["MS 1"]}},
            {"label": {"en": ["File name"]}, "value": {"none": ["x.tif"]}},
            {"label": {"en": [""]}, "value": {"none": ["nobody's"]}},
            {"label": {"en": ["Empty"]}, "value": {"none": ["<i> </i>"]}},
            "odd",
        ],
        requiredStatement={"label": {"en": ["Credit"]}, "value": {"en": ["Given by <i>us</i>"]}},
        rights="http://creativecommons.org/licenses/by/4.0/",
        homepage=[{"id": "javascript:alert(1)"}, {"id": "https://a.example/book", "type": "Text"}],
    )
    assert read(document).fields == {
        "Title": ["Book"],
        "year": ["c. 1480"],
        "Date": ["c. 1480"],
        "Author": ["Jane", "Joan"],
        "Shelfmark": ["MS 1"],
        "File name": ["x.tif"],
        "description": ["A book."],
        "Attribution": ["Given by us"],
        "Rights": ["http://creativecommons.org/licenses/by/4.0/"],
        "permalink": ["https://a.example/book"],
    }
    german = read(document, "de").fields
    assert german["description"] == ["Ein Buch."]
    assert german["Date"] == ["c. 1480"]


def test_words_of_presentation_2_and_the_date_to_navigate_by() -> None:
    document = {
        "@id": WHERE, "@type": "sc:Manifest", "label": {"@value": "Livre", "@language": "fr"},
        "metadata": [{"label": [{"@value": "Titre", "@language": "fr"}, {"@value": "Title", "@language": "en"}],
                      "value": [{"@value": "Book", "@language": "en"}, {"@value": "Livre", "@language": "fr"}]}],
        "attribution": "Theirs", "license": "https://rights.example/1", "related": "https://a.example/r",
        "navDate": "1856-01-01T00:00:00Z",
    }  # fmt: skip
    assert read(document).fields == {
        "Title": ["Livre"],
        "year": ["1856"],
        "Attribution": ["Theirs"],
        "Rights": ["https://rights.example/1"],
        "permalink": ["https://a.example/r"],
    }


def test_the_table_tells_pages_lists_and_collections_and_no_column_names_files() -> None:
    book = Manifest("https://a.example/1", (Canvas("c1", "1r", "u", None), Canvas("c2", "1v", "u", None)),
                    {"Title": ["Book"], "Author": ["Jane", "Joan"], "File name": ["x.tif"]})  # fmt: skip
    leaf = Manifest(
        "https://a.example/2", (Canvas("c3", "recto", "u", None, {"Ink": ["red"]}),), {"Title": ["Leaf"]}
    )
    about = make_about(
        {
            "c2": (book.canvases[1], book, ("All", "Books")),
            "c1": (book.canvases[0], book, ("All", "Books")),
            "c3": (leaf.canvases[0], leaf, ("All",)),
        }
    )
    assert about is not None
    assert about.to_pylist()[0] == {
        "path": "c1", "Title": "Book", "Page": "1r", "Author": ["Jane", "Joan"], "Collection": "Books",
        "File name (IIIF)": "x.tif", "Ink": None, "Manifest": "https://a.example/1",
    }  # fmt: skip
    assert about["path"].to_pylist() == ["c1", "c2", "c3"]
    assert about["Page"].to_pylist() == ["1r", "1v", None]
    assert make_about({}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                """id @id type @type label items sequences canvases images resource body service metadata value @value
                profile requiredStatement provider homepage rights summary navDate en default""".split()  # noqa: SIM905
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_document_however_odd_raises(value: Any) -> None:
    for kind in ("Manifest", "Collection", "sc:Manifest"):
        document = {**value, "type": kind} if isinstance(value, dict) else value
        found = read(document)
        if isinstance(found, Manifest) and found.canvases:
            make_about({c.id: (c, found, ()) for c in found.canvases})
        json.dumps(value)


@pytest.mark.parametrize("odd", [None, 3, "text", [], {}, {"type": "Canvas"}, {"@type": "sc:Range"}])
def test_what_is_neither_is_none(odd: Any) -> None:
    assert read(odd) is None
