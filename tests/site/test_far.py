"""What is seen from afar: micro-thumbnails, and what is shown first of a large site."""

import io
import re
from dataclasses import replace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.boot import (
    Boot,
    choose_ranks,
    decode_boot,
    encode_boot,
    measure_priority,
    order_overview,
)
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.columns import Column, decode_column, encode_column
from clipplot_pipeline.site.garbage import find_garbage
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.micro import cut_small, decode_blocks, encode_blocks, iterate_chunks
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.zorder import decode_morton

ORDER = "0123456789abcdef"


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.just(4), st.just(4), st.just(3))))
def test_a_block_keeps_to_the_format_and_near_its_colours(pixels):
    blocks = encode_blocks(pixels)
    assert blocks.shape == (len(pixels), 4)
    assert (blocks[:, 0] >= blocks[:, 1]).all()
    shown = decode_blocks(blocks).astype(int)
    spread = pixels.reshape(-1, 16, 3).astype(int).max(axis=1) - pixels.reshape(-1, 16, 3).min(axis=1)
    # No pixel is farther from its own than the block's colours are from each other, and a step of 5 bits.
    assert (np.abs(shown - pixels).max(axis=(1, 2)) <= spread.max(axis=1, keepdims=True) + 9).all()


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_one_colour_stays_itself(color):
    pixels = np.full((1, 4, 4, 3), color, np.uint8)
    assert np.abs(decode_blocks(encode_blocks(pixels)).astype(int) - pixels).max() <= 5


def test_the_bits_are_those_of_the_specification():
    pixels = np.zeros((1, 4, 4, 3), np.uint8)
    pixels[0, 0, 1] = pixels[0, 3, 3] = 255
    assert encode_blocks(pixels).tolist() == [
        [0xFFFF, 0, 0b01_01_01_01_01_01_00_01, 0b00_01_01_01_01_01_01_01]
    ]


def test_cells_are_cut_in_their_order():
    columns, rows = decode_morton(np.arange(16))
    picture = np.zeros((32, 32, 3), np.uint8)
    for k in range(16):
        picture[rows[k] * 8 : rows[k] * 8 + 8, columns[k] * 8 : columns[k] * 8 + 8] = 10 * k
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", lossless=True)
    assert cut_small(out.getvalue(), 8, 11)[:, 0, 0, 0].tolist() == [10 * k for k in range(11)]


@given(st.integers(1, 5000), st.integers(1, 300))
def test_the_first_images_are_an_even_share(count, most):
    ranks = choose_ranks(count, most)
    assert len(ranks) == min(count, most)
    assert (np.diff(ranks) > 0).all()
    assert ranks[0] >= 0
    assert ranks[-1] < count
    assert np.diff(ranks, prepend=-1, append=count).max() <= 2 * -(-count // most) + 1


def test_priorities_are_those_of_the_viewer():
    # As geometry/priority.ts gives them.
    assert measure_priority(np.arange(3)).tolist() == [1364076727, 821347078, 2247144487]
    assert len(np.unique(measure_priority(np.arange(10_000)))) == 10_000


@given(st.data(), st.integers(1, 60))
def test_boot_round_trip(data, count):
    ranks = np.sort(data.draw(st.permutations(range(2 * count)))[:count])
    boot = Boot(
        np.array(ranks, np.int64),
        data.draw(hnp.arrays(np.uint16, (count, 2))),
        data.draw(hnp.arrays(np.uint8, (count, 3))),
        data.draw(hnp.arrays(np.uint8, count)),
        2 * count,
        ORDER,
    )
    again = decode_boot(encode_boot(boot))
    for name in ("ranks", "positions", "colors", "aspects", "image_count", "rank_order"):
        assert np.array_equal(getattr(again, name), getattr(boot, name)), name


def test_a_small_site_needs_no_boot(collection, viewer):
    plan = build_site(replace(collection.content, boot_images=40), viewer)
    assert plan.manifest["boot"] is None
    assert not [file for file in plan.files if file.path.startswith("c/boot")]


def test_the_overview_shows_the_foremost(collection, plan):
    entry = plan.manifest["boot"]
    boot = decode_boot(next(f for f in plan.files if f.path == entry["path"]).read())
    shown = order_overview(boot.ranks, entry["overview"]["count"])
    prefix = f"s/{entry['overview']['segment']}/32/"
    (tile,) = [file for file in plan.files if file.path.startswith(prefix)]
    assert "immutable" not in tile.cache_control
    with Image.open(io.BytesIO(tile.read())) as image:
        picture = np.asarray(image.convert("RGB")).astype(int)
    columns, rows = decode_morton(np.arange(len(shown)))
    for k, rank in enumerate(shown.tolist()):
        image_id = plan.image_ids[rank]
        with Image.open(io.BytesIO(collection.renditions[image_id])) as original:
            right = np.asarray(original.convert("RGB").resize((32, 32))).astype(int)
        cell = picture[rows[k] * 32 : rows[k] * 32 + 32, columns[k] * 32 : columns[k] * 32 + 32]
        assert np.abs(cell - right).mean() < 14, rank


def test_chunks_together_are_all_ranks(collection, monkeypatch):
    content = collection.content
    whole = np.concatenate(list(iterate_chunks(content.tiles, content.segments, content.levels)))
    monkeypatch.setattr("clipplot_pipeline.site.micro.RANKS_PER_CHUNK", 16)
    parts = list(iterate_chunks(content.tiles, content.segments, content.levels))
    assert [len(part) for part in parts] == [16, 16, 8]
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_verifier_sees_a_wrong_micro_thumbnail(site):
    manifest = read_manifest(site.read_bytes("manifest.json"))
    (path,) = manifest.micro.paths
    column = decode_column(site.read_bytes(path))
    site.write_bytes(path, encode_column(Column(column.stored[::-1].copy(), column.rank_order)))
    (problem,) = verify_site(site.url).problems
    assert path in problem
    assert "unlike" in problem


@pytest.mark.parametrize(
    ("change", "says"), [("color", "colours"), ("order", "this build"), ("cut", "bytes")]
)
def test_the_verifier_sees_a_wrong_boot(site, change, says):
    path = read_manifest(site.read_bytes("manifest.json")).boot.path
    boot = decode_boot(site.read_bytes(path))
    changed = {
        "color": replace(boot, colors=boot.colors[::-1].copy()),
        "order": replace(boot, rank_order=ORDER),
        "cut": replace(boot, aspects=boot.aspects[:-1]),
    }[change]
    site.write_bytes(path, encode_boot(changed))
    (problem,) = verify_site(site.url).problems
    assert problem.startswith(path)
    assert re.search(says, problem)


def test_a_file_of_another_kind_is_no_boot(site):
    with pytest.raises(SiteError, match="CPLB"):
        decode_boot(site.read_bytes(read_manifest(site.read_bytes("manifest.json")).columns["id"].path))


def test_the_overview_is_no_garbage_until_it_is_replaced(site, plan):
    manifest = read_manifest(site.read_bytes("manifest.json"))
    assert find_garbage(site.list_files(), plan.image_ids, manifest) == []
    without = manifest.model_copy(update={"boot": None})
    gone = find_garbage(site.list_files(), plan.image_ids, without)
    assert f"s/{manifest.boot.overview.segment}/32/0.webp" in gone
    assert manifest.boot.path in gone
