"""When names of folders become a field."""

from __future__ import annotations

import pytest

from tests.catalog.test_join import by_path, images, join


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (
            ["train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "test/dog/2.png"],
            ["cat", "cat", "dog", "dog"],
        ),
        (["b/1.png", "a/1.png", "a/2.png", "b/2.png"], ["a", "a", "b", "b"]),
        (["a/1.png", "a/2.png"], None),
        (["1.png", "2.png", "3.png"], None),
        (["a/1.png", "a/2.png", "b/1.png", "3.png"], None),
        (["a/1.png", "a/2.png", "b/c/1.png", "b/c/2.png"], None),
        (["a/1.png", "b/1.png", "c/1.png", "c/2.png"], None),
        (["train/1.png", "train/2.png", "Test/3.png", "Test/4.png"], None),
        (["00000/1", "00000/2", "00001/3", "00001/4"], None),
        ([f"data/train-0000{part}-of-00002/{n}" for part in (0, 1) for n in (1, 2)], None),
        (["1923/1.png", "1923/2.png", "1924/3.png", "1924/4.png"], ["1923", "1923", "1924", "1924"]),
    ],
)
def test_folders_are_a_field_where_they_mean_it(paths: list[str], names: list[str] | None) -> None:
    catalog = join(images({path: path for path in paths}))
    found = [field.name for field in catalog.fields]
    assert found == ([] if names is None else ["label"])
    if names is not None:
        assert sorted(catalog.table["label"].to_pylist()) == names
        for path, row in by_path(catalog).items():
            assert row["label"] == path.split("/")[-2]


def test_with_a_table_folders_say_nothing() -> None:
    pictures = images({path: path for path in ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]})
    catalog = join(pictures, [{"key": "a/1.png", "note": "x"}], {"note": "text"})
    assert [field.name for field in catalog.fields] == ["note"]
