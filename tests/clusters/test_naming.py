import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.clusters.guesses import name_by_guesses, take_guesses
from clipplot_pipeline.clusters.naming import LONGEST_NAME, name_levels
from clipplot_pipeline.clusters.words import collect_words, split_words
from clipplot_pipeline.model import Concepts, Field, no_concepts

FIELDS = [
    Field("kind", "Kind", "category"),
    Field("tags", "Tags", "tags"),
    Field("about", "About", "text"),
    Field("year", "Year", "number"),
]


def make_words(kind=None, tags=None, about=None):
    columns = {"kind": kind, "tags": tags, "about": about}
    return collect_words(FIELDS, pa.table({k: v for k, v in columns.items() if v is not None}))


def label(*sizes):
    return np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)


def test_a_cluster_is_called_what_sets_it_apart():
    words = make_words(
        kind=["picture"] * 30, tags=[["red", "apple"]] * 10 + [["red", "pear"]] * 10 + [["blue", "boat"]] * 10
    )
    names = name_levels([label(10, 10, 10)], words)[0]
    assert names[0] == "apple"
    assert names[1] == "pear"
    assert names[2] in {"blue", "boat"}  # they always come together
    assert not any("picture" in name for name in names)


def test_what_people_sort_by_comes_before_what_is_said_in_passing():
    about = ["lovely morning walk"] * 10 + ["nothing special"] * 10
    words = make_words(kind=["fruit"] * 10 + ["ship"] * 10, about=about)
    names = name_levels([label(10, 10)], words)[0]
    assert [name.split(", ")[0] for name in names] == ["fruit", "ship"]


def test_a_part_is_not_called_like_the_whole_but_the_same_cluster_is():
    words = make_words(
        kind=["fruit"] * 30 + ["ship"] * 20, tags=[["apple"]] * 15 + [["pear"]] * 15 + [["sail"]] * 20
    )
    coarse, fine = name_levels([label(30, 20), np.repeat([1, 2, 0], [15, 15, 20]).astype(np.int32)], words)
    assert coarse[0] == "fruit"
    assert fine[1:] == ("apple", "pear")
    assert fine[0] == coarse[1]


def test_clusters_of_the_same_words_do_not_share_a_name():
    words = make_words(tags=[["rose", "garden"]] * 20 + [["ship"]] * 20)
    names = name_levels([np.repeat([0, 1, 2], [10, 10, 20]).astype(np.int32)], words)[0]
    named = [frozenset(name.split(", ")) for name in names if name]
    assert len(named) == len(set(named))
    assert names[0]


GREEK = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]


@given(st.lists(st.lists(st.sampled_from(GREEK), max_size=4), min_size=40, max_size=40), st.integers(0, 99))
def test_names_are_unique_and_short_whatever_the_words(tags, seed):
    fine = np.random.default_rng(seed).permutation(np.repeat(np.arange(-1, 7), 5)).astype(np.int32)
    coarse = np.where(fine < 0, -1, fine // 4).astype(np.int32)
    words = make_words(tags=pa.array(tags, pa.list_(pa.string())))
    for names, count in zip(name_levels([coarse, fine], words), (2, 7), strict=True):
        assert len(names) == count
        used = [frozenset(name.split(", ")) for name in names if name]
        assert len(used) == len(set(used))
        assert all(len(name) <= LONGEST_NAME and len(name.split(", ")) <= 3 for name in names)


def test_without_words_names_are_empty():
    assert name_levels([label(5, 5)], None) == [("", "")]
    assert name_levels([label(5, 5)], make_words(kind=pa.array([None] * 10, pa.string()))) == [("", "")]


def test_words_of_any_script_without_stop_words_and_numbers():
    assert split_words("The photograph of 3 apples in 1905, near L'Étang d'or") == ["apples", "Étang"]
    assert split_words("Ein Schloß am Rhein und der Wald") == ["Schloß", "Rhein", "Wald"]
    assert split_words("Вид на Москву-реку и город") == ["Вид", "Москву-реку", "город"]
    assert split_words("富士山") == ["富士", "士山"]
    assert split_words("x12 _ -- 42") == []


def test_a_description_does_not_repeat_its_tags_in_parts():
    words = make_words(tags=[["Malus domestica"]] * 4, about=["Malus domestica: ripe"] * 4)
    assert words.terms == ("Malus domestica", "ripe")


def test_terms_are_counted_once_an_image_however_they_are_written():
    words = make_words(tags=[["Apple", "apple", "APPLE"], ["apple"], ["apple"], ["solo"]])
    assert words.terms == ("apple",)
    assert list(zip(words.rows.tolist(), words.columns.tolist(), strict=True)) == [(0, 0), (1, 0), (2, 0)]


def test_fields_that_hold_no_words_and_missing_columns_are_passed_over():
    words = collect_words(FIELDS, pa.table({"year": [1900, 1901, 1900]}))
    assert words.terms == ()
    assert words.count == 3


def test_whose_the_pictures_are_names_no_group() -> None:
    fields = [Field("Title", "Title", "text"), Field("Attribution", "Attribution", "category")]
    table = pa.table({"Title": ["Apples"] * 3, "Attribution": ["Library of Congress"] * 3})
    assert [term.casefold() for term in collect_words(fields, table).terms] == ["apples"]


def test_guessed_words_name_only_what_the_collections_own_words_do_not():
    words = make_words(kind=["fruit"] * 10 + [None] * 20 + ["ship", "cup"] * 5)
    clusters = [np.repeat([0, 1, 2, -1], 10).astype(np.int32)]
    best = np.repeat([[0, 3], [1, 3], [2, 3], [3, -1]], 10, axis=0).astype(np.int32)
    concepts = Concepts(
        ("pear", "boat", "woodcut", "picture"), ("",) * 4, best, np.ones(best.shape, np.float32)
    )
    names = name_by_guesses(clusters, take_guesses(concepts), name_levels(clusters, words))
    assert names == [("fruit", "boat ?", "woodcut ?")], "what is guessed says so"
    assert take_guesses(no_concepts(40, "knows no words")) is None
