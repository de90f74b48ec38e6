"""The look at a pair, on pictures drawn here and on real ones."""

import io
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.duplicates import EDITS, embed, find, make_collection
from clipplot_pipeline.duplicates import make_sketch, open_sketches, verify_pairs
from clipplot_pipeline.duplicates.matching import compare


def draw_scene(seed, size=(420, 315)):
    """Return a picture full of shapes, another for each seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", size, tuple(chance.randrange(60, 220) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(70):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        box = (x, y, x + chance.randrange(8, 90), y + chance.randrange(8, 90))
        shade = tuple(chance.randrange(256) for _ in range(3))
        (draw.ellipse if chance.random() < 0.5 else draw.rectangle)(box, fill=shade)
    return picture.filter(ImageFilter.GaussianBlur(1))


def to_sketch(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return make_sketch(out.getvalue())


@pytest.mark.parametrize("edit", sorted(EDITS))
@pytest.mark.parametrize("seed", [1, 2])
def test_an_edited_picture_is_found_again(edit, seed):
    picture = draw_scene(seed)
    edited = EDITS[edit](picture, random.Random(seed))
    assert compare(to_sketch(picture), to_sketch(edited)) > 0.75
    assert compare(to_sketch(edited), to_sketch(picture)) > 0.75


def test_turned_by_a_quarter_and_mirrored():
    picture = draw_scene(3)
    turned = picture.transpose(Image.Transpose.TRANSVERSE)
    assert compare(to_sketch(picture), to_sketch(turned)) > 0.9


def test_different_pictures_are_not():
    sketches = [to_sketch(draw_scene(seed)) for seed in range(8)]
    assert not any(compare(a, b) for a in sketches for b in sketches if a is not b)


def test_two_views_of_one_thing_are_not():
    """Half of either picture is in the other: neighbours in a panorama, no duplicates."""
    wide = draw_scene(4, (800, 315))
    left, right = wide.crop((0, 0, 520, 315)), wide.crop((280, 0, 800, 315))
    assert compare(to_sketch(left), to_sketch(right)) == 0


def test_the_same_thing_on_another_ground_is_not():
    """Stock cut-outs: points match in the middle, the rest differs."""
    thing = draw_scene(5, (150, 120))
    pictures = [draw_scene(seed) for seed in (6, 7)]
    for picture in pictures:
        picture.paste(thing, (130, 90))
    assert compare(*map(to_sketch, pictures)) == 0


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_blank_pictures_say_nothing(shade):
    blank = to_sketch(Image.new("L", (300, 200), shade))
    assert compare(blank, blank) == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (16, 16)])
def test_pictures_of_all_shapes(size):
    small = to_sketch(draw_scene(8).resize(size))
    assert 0 <= compare(small, small) <= 1
    assert compare(small, to_sketch(draw_scene(9))) == 0


def test_what_is_no_picture_has_no_points():
    assert make_sketch(b"").tobytes() == bytes(make_sketch(b"").nbytes)
    assert make_sketch(b"no picture")["plain"]["count"] == 0


def test_a_damaged_rendition_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 90).convert("RGB").save(out, "JPEG")
    whole = out.getvalue()
    damaged = whole[:-2] + b"extraneous" * 20 + whole[-2:]
    assert make_sketch(damaged)["plain"]["count"] == make_sketch(whole)["plain"]["count"] > 0
    assert capfd.readouterr().err == ""


def test_threads_change_nothing():
    scenes = [draw_scene(seed) for seed in range(4)]
    scenes += [EDITS["crop 10 %"](scene, random.Random(0)) for scene in scenes]
    pairs = np.array([(a, b) for a in range(8) for b in range(a + 1, 8)])
    with open_sketches(len(scenes)) as sketches:
        for row, scene in enumerate(scenes):
            sketches[row] = to_sketch(scene)
        alone, together = (verify_pairs(sketches, pairs, workers=n) for n in (1, 4))
    np.testing.assert_array_equal(alone, together)
    assert [tuple(pair) for pair in pairs[alone > 0].tolist()] == [(k, k + 4) for k in range(4)]


@pytest.mark.packs
@pytest.mark.slow
def test_photographs_with_made_edits(packs):
    """The demand of the plan, on a part of the photographs: the whole is ``benchmarks/duplicates.py``."""
    paths = sorted((packs / "photos" / "images").rglob("*.jpg"))[::6]
    collection = make_collection(paths, every=4)
    found = find(collection, embed(collection))
    assert found.precision >= 0.99
    assert min(found.recall.values()) >= 0.9
    assert found.recall.keys() == EDITS.keys()
