"""Clusters and names of people's own go before what is found."""

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.clusters import EVERY_LEVEL, OwnClusters, collect_words, find_clusters
from clipplot_pipeline.defs.own_clusters import read_own_clusters, warn_of_idle
from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field


def say(*said):
    """Return statements of (row, level, cluster, name)."""
    rows, levels, clusters, names = zip(*said, strict=True)
    return OwnClusters(np.array(rows), np.array(levels), clusters, names)


def find(positions, own, words=None, **settings):
    space = np.asarray(positions, np.float32)
    return find_clusters(space, space, words, {"levels": 2, "min_size": 8} | settings, own)


def test_own_clusters_take_their_images_out_of_the_found_ones(continents):
    positions, continent, _ = continents
    before = find(positions, None)
    mine = np.flatnonzero(continent == 0)[:40]
    own = say(*((row, EVERY_LEVEL, "Letters home", "") for row in mine))
    found = find(positions, own)
    for level, old in zip(found.levels, before.levels, strict=True):
        number = level.names.index("Letters home")
        np.testing.assert_array_equal(np.flatnonzero(level.cluster == number), mine)
        assert (level.membership[mine] == 1).all()
        assert level.representatives[number][0] in mine
        others = np.setdiff1d(np.arange(len(positions)), mine)
        np.testing.assert_array_equal(level.cluster[others] < 0, old.cluster[others] < 0)
        sizes = np.bincount(level.cluster[level.cluster >= 0])
        assert (np.diff(sizes) <= 0).all()


def test_a_cluster_of_one_level_leaves_the_other_alone(continents):
    positions = continents[0]
    found = find(positions, say((3, 1, "Only here", ""), (9, 1, "Only here", "")))
    assert "Only here" in found.levels[1].names
    np.testing.assert_array_equal(found.levels[0].cluster, find(positions, None).levels[0].cluster)


def test_a_cluster_that_is_wholly_taken_is_gone(continents):
    positions = continents[0]
    whole = find(positions, None).levels[0]
    rows = np.flatnonzero(whole.cluster == 1)
    found = find(positions, say(*((row, 0, "Renamed by taking", "") for row in rows))).levels[0]
    assert found.count == whole.count
    assert "Renamed by taking" in found.names


def test_a_name_is_that_of_the_cluster_round_an_image_and_no_other_takes_it(continents):
    positions, continent, town = continents
    cells = {"category": [["north", "east", "south", "west"][c] for c in continent]}
    table = pa.table(cells | {"tags": [[f"town {t}"] for t in town]})
    words = collect_words((Field("category", "Category", "category"), Field("tags", "Tags", "tags")), table)
    plain = find(positions, None, words)
    row = int(np.flatnonzero((plain.levels[0].cluster == 2) & (plain.levels[1].cluster >= 0))[0])
    taken = plain.levels[0].names[0]
    found = find(positions, say((row, 0, "", "The old port"), (row, 1, "", taken)), words)
    assert found.levels[0].names[2] == "The old port"
    assert found.levels[1].names[found.levels[1].cluster[row]] == taken
    for level in found.levels:
        named = [name for name in level.names if name]
        assert len(set(named)) == len(named)
        assert max(map(len, named)) <= 28


def test_few_images_and_levels_that_are_off_still_show_own_clusters():
    positions = np.random.default_rng(0).uniform(-1, 1, (6, 2))
    own = say((0, EVERY_LEVEL, "A", ""), (1, EVERY_LEVEL, "A", ""), (5, EVERY_LEVEL, "B", "ignored"))
    for found in (find(positions, own), find(positions, own, levels=0)):
        (level,) = found.levels
        assert level.names == ("A", "B")
        assert level.cluster.tolist() == [0, 0, -1, -1, -1, 1]
        assert found.reason is None


CATALOG = pa.table(
    {
        "image_id": [f"{k:020x}" for k in range(4)],
        "paths": [["a/one.jpg", "copy.jpg"], ["a/two.jpg"], ["b/three.jpg"], ["b/four.jpg"]],
    }
)


def test_the_table_names_images_in_all_ways(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(
        "filename,cluster,level\ncopy.jpg,Ships,\ntwo.jpg,Ships,2\n"
        "00000000000000000003,Trains,1\nnobody.jpg,Ships,\n",
        encoding="utf-8",
    )
    own, warnings = read_own_clusters(str(table), CATALOG)
    assert own.rows.tolist() == [0, 1, 3]
    assert own.levels.tolist() == [EVERY_LEVEL, 1, 0]
    assert (own.clusters, own.names) == (("Ships", "Ships", "Trains"), ("", "", ""))
    assert warnings == ["own clusters: 1 of 4 rows name no image of the map: nobody.jpg"]


def test_a_bar_in_a_cell_is_a_part_of_the_name(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("filename,cluster,name\none.jpg,Ships|Boats,\ntwo.jpg,,A|B\n", encoding="utf-8")
    own, _ = read_own_clusters(str(table), CATALOG)
    assert (own.clusters, own.names) == (("Ships|Boats", ""), ("", "A|B"))


@pytest.mark.parametrize("level", ["1|2", "yes", "first"])
def test_a_level_that_is_no_number_is_told(tmp_path, level):
    table = tmp_path / "own.csv"
    table.write_text(f"filename,cluster,level\none.jpg,Ships,{level}\n", encoding="utf-8")
    with pytest.raises(TableError, match="column `level` holds"):
        read_own_clusters(str(table), CATALOG)


def test_what_came_to_nothing_is_told():
    positions = np.random.default_rng(0).uniform(-1, 1, (6, 2))
    own = say((0, EVERY_LEVEL, "A", ""), (1, 4, "", "Nowhere"))
    (warning,) = warn_of_idle(own, find(positions, own))
    assert "Nowhere" in warning
    assert "A," not in warning


def test_a_table_that_says_nothing_is_refused(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("filename,kluster\none.jpg,Ships\n", encoding="utf-8")
    with pytest.raises(TableError, match="kluster; expected `cluster`"):
        read_own_clusters(str(table), CATALOG)


def test_no_table_is_no_word():
    assert read_own_clusters("", CATALOG) == (None, [])
