import json
import shutil
from dataclasses import replace
from threading import Barrier, current_thread

import numpy as np
import pytest
from PIL import Image

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    TextSide,
    check_available,
    embed_renditions,
    make_embedder,
)
from clipplot_pipeline.embeddings.renditions import decode_rendition
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.images import recipe
from clipplot_pipeline.model import ModelCard

torch = pytest.importorskip("torch", reason="needs the extra `clip`")
open_clip = pytest.importorskip("open_clip", reason="needs the extra `clip`")
from clipplot_pipeline.embeddings.clip import model as model_module  # noqa: E402 (needs torch)


def choose(folder, **options):
    return EmbedderChoice("open_clip", f"local-dir:{folder}", device="cpu", **options)


@pytest.fixture(scope="module")
def tiny(tiny_model):
    return make_embedder(choose(tiny_model), None)


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A copy of the tiny model that a test may change."""
    return shutil.copytree(tiny_model, tmp_path / "model")


def test_vectors_are_what_openclip_computes_from_the_folder(tiny, tiny_model, draw):
    """The reference is written out by hand: squash, scale, mean and standard deviation, the tower."""
    pictures = [draw(1), draw(2, (33, 190)), draw(3, (400, 40))]
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{tiny_model}")
    model.eval()
    pixels = [
        np.asarray(picture.resize((32, 32), Image.Resampling.BILINEAR), np.float32) / 255
        for picture in pictures
    ]
    inputs = (np.stack(pixels) - np.float32([0.1, 0.2, 0.3])) / np.float32([0.5, 0.6, 0.7])
    with torch.inference_mode():
        expected = model.encode_image(torch.from_numpy(inputs).permute(0, 3, 1, 2), normalize=True).numpy()
    vectors = tiny.embed(pictures)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, tiny.dim) == (3, 24)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_renditions_pass_through_in_order(tiny, renditions, draw):
    vectors = np.vstack(list(embed_renditions(tiny, renditions, 16)))
    assert vectors.shape == (len(renditions), 24)
    alone = tiny.embed([draw(17)])
    assert (vectors @ alone[0]).argmax() == 17


def test_no_pictures_give_no_vectors(tiny):
    assert tiny.embed([]).shape == (0, 24)


def test_gradients_are_not_recorded_and_the_model_does_not_train(tiny, draw):
    first, second = tiny.embed([draw(4)]), tiny.embed([draw(4)])
    np.testing.assert_array_equal(first, second)
    assert not tiny._copies[0].model.training


def test_the_card_says_what_decides_the_vectors(tiny):
    card = tiny.card(recipe(512))
    assert (card.embedder, card.dim) == ("open_clip", 24)
    for part in ("(32, 32)", "0.1", "0.7", "bilinear"):
        assert part in card.preprocessing.lower()
    assert "sha256" in card.weights
    assert card.rendition == recipe(512)
    assert set(card.libraries) >= {"torch", "open-clip-torch"}
    assert "middle alone" not in card.notes  # it squashes
    assert ModelCard.from_json(json.loads(json.dumps(card.to_json()))) == card


def test_the_card_is_the_same_wherever_the_folder_lies(tiny, folder):
    moved = make_embedder(choose(folder), None)
    assert moved.card(recipe(512)).digest() == tiny.card(recipe(512)).digest()


def test_vectors_of_another_precision_have_another_card(tiny, folder):
    card = tiny.card(recipe(512))
    assert card.precision == "fp32"
    coarse = make_embedder(replace(choose(folder), precision="bf16"), None).card(recipe(512))
    assert coarse.precision == "bf16"
    assert coarse.digest() != card.digest()
    # cards of embedders without a choice, and those of earlier versions, are what they were
    said = {name: value for name, value in card.to_json().items() if name != "precision"}
    assert ModelCard.from_json(said).digest() == replace(card, precision="").digest() != card.digest()


def test_other_weights_or_preprocessing_have_another_card(tiny, folder):
    from safetensors.torch import load_file, save_file

    digests = {tiny.card(recipe(512)).digest(), tiny.card(recipe(500)).digest()}
    weights = load_file(folder / "open_clip_model.safetensors")
    weights["visual.proj"] = weights["visual.proj"] + 1e-3
    save_file(weights, folder / "open_clip_model.safetensors")
    digests.add(make_embedder(choose(folder), None).card(recipe(512)).digest())
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["mean"] = [0.5, 0.5, 0.5]
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    digests.add(make_embedder(choose(folder), None).card(recipe(512)).digest())
    del config["preprocess_cfg"]["resize_mode"]  # OpenCLIP then cuts the middle out
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    cropping = make_embedder(choose(folder), None).card(recipe(512))
    assert "middle alone" in cropping.notes
    assert len({*digests, cropping.digest()}) == 5


def test_a_model_that_looks_at_more_than_the_renditions_hold_is_refused(tiny):
    tiny.card(recipe(32))
    with pytest.raises(EmbedderError, match=r"looks at 32 px.*rendition_px = 32"):
        tiny.card(recipe(31))


def test_an_untrained_model_is_refused(folder):
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(EmbedderError, match="untrained"):
        make_embedder(choose(folder), None)


def test_weights_of_another_architecture_are_refused(folder):
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["vision_cfg"]["width"] = 48
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    check_available(choose(folder))  # it looks whole …
    with pytest.raises(EmbedderError, match=r"cannot be loaded .*expected a model with trained weights"):
        make_embedder(choose(folder), None)


def test_weights_that_are_no_weights_are_refused(folder):
    (folder / "open_clip_model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        make_embedder(choose(folder), None)


def test_weights_saved_by_torch_serve_as_well(tiny, folder, draw):
    from safetensors.torch import load_file

    saved = folder / "open_clip_model.safetensors"
    torch.save(load_file(saved), folder / "open_clip_pytorch_model.bin")
    saved.unlink()
    np.testing.assert_allclose(
        make_embedder(choose(folder), None).embed([draw(5)]), tiny.embed([draw(5)]), atol=1e-6
    )


def test_half_precision_stays_near_full_precision(tiny, tiny_model, draw):
    pictures = [draw(number) for number in range(6)]
    half = make_embedder(choose(tiny_model, precision="bf16"), None).embed(pictures)
    assert half.dtype == np.float32
    assert ((half * tiny.embed(pictures)).sum(axis=1) > 0.999).all()
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-6)


def test_a_text_is_near_what_openclip_says_it_is(tiny, tiny_model):
    assert isinstance(tiny, TextSide)
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{tiny_model}")
    tokens = open_clip.get_tokenizer(f"local-dir:{tiny_model}")(["a cat", "two dogs"])
    with torch.inference_mode():
        expected = model.eval().encode_text(tokens, normalize=True).numpy()
    np.testing.assert_allclose(tiny.embed_texts(["a cat", "two dogs"]), expected, atol=1e-5)
    assert tiny.embed_texts([]).shape == (0, 24)


def test_renditions_are_prepared_by_the_threads_that_decode_them(tiny, renditions, monkeypatch):
    """What comes out is what `embed` gives; the way there prepares each picture once."""
    prepared = []
    real = tiny.prepare
    monkeypatch.setattr(
        tiny, "prepare", lambda picture: prepared.append(current_thread().name) or real(picture)
    )
    found = np.vstack(list(embed_renditions(tiny, renditions[:20], 3)))
    assert len(prepared) == 20
    assert "MainThread" not in prepared
    monkeypatch.undo()
    np.testing.assert_allclose(
        found, tiny.embed([decode_rendition(jpeg) for jpeg in renditions[:20]]), atol=1e-5
    )


def hold_at_most(monkeypatch, copy, most, error):
    """Let a model fail as a device with little memory does; return the sizes it was asked for."""
    asked = []
    real = copy.model.encode_image

    def encode_image(inputs):
        asked.append(len(inputs))
        if len(inputs) > most:
            raise error
        return real(inputs)

    monkeypatch.setattr(copy.model, "encode_image", encode_image)
    return asked


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_batches_are_halved_until_they_fit_and_stay_so(tiny_model, monkeypatch, draw, error):
    pictures = [draw(number) for number in range(13)]
    little = make_embedder(choose(tiny_model), None)
    expected = little.embed(pictures)
    asked = hold_at_most(monkeypatch, little._copies[0], 4, error)
    np.testing.assert_allclose(little.embed(pictures), expected, atol=1e-5)
    assert asked == [13, 6, 3, 3, 3, 3, 1]
    asked.clear()
    little.embed(pictures[:7])
    assert asked == [3, 3, 1]  # what did not fit is not tried again


def test_a_device_without_room_for_a_single_picture_says_so(tiny_model, monkeypatch, draw):
    little = make_embedder(choose(tiny_model), None)
    hold_at_most(monkeypatch, little._copies[0], 0, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(EmbedderError, match=r"too little memory for a single input.*open_clip\.device"):
        little.embed([draw(1), draw(2)])


def test_other_errors_are_not_taken_for_a_full_memory(tiny_model, monkeypatch, draw):
    little = make_embedder(choose(tiny_model), None)
    asked = hold_at_most(
        monkeypatch, little._copies[0], 0, RuntimeError("CUDA error: device-side assert triggered")
    )
    with pytest.raises(RuntimeError, match="device-side assert"):
        little.embed([draw(1), draw(2)])
    assert asked == [2]


def test_several_devices_share_the_batches_and_order_is_kept(tiny, tiny_model, renditions, monkeypatch):
    monkeypatch.setattr(model_module.devices, "pick_devices", lambda asked: ("cpu", "cpu", "cpu"))
    three = make_embedder(choose(tiny_model), None)
    assert three.lanes == 4
    asked = [hold_at_most(monkeypatch, copy, 99, None) for copy in three._copies]
    meeting = Barrier(3)
    for copy in three._copies:
        real = copy.model.encode_image
        monkeypatch.setattr(
            copy.model, "encode_image", lambda inputs, real=real: (meeting.wait(timeout=30), real(inputs))[1]
        )
    found = np.vstack(list(embed_renditions(three, renditions[:36], 4)))  # nine batches, three at a time
    assert [sum(sizes) for sizes in asked] == [12, 12, 12]
    np.testing.assert_allclose(found, np.vstack(list(embed_renditions(tiny, renditions[:36], 4))), atol=1e-5)


def test_a_tower_of_timm_mixes_number_formats(tmp_path, draw):
    """Its layers cannot be cast as a whole: they run under autocast, and stay near full precision."""
    from safetensors.torch import save_file

    torch.manual_seed(1)
    config = {
        "embed_dim": 24,
        "vision_cfg": {
            "timm_model_name": "test_vit",
            "timm_pool": "",
            "timm_proj": "linear",
            "image_size": 64,
        },
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    }
    save_file(open_clip.CLIP(**config).state_dict(), tmp_path / "open_clip_model.safetensors")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    pictures = [draw(number) for number in range(4)]
    full = make_embedder(choose(tmp_path), None)
    mixed = make_embedder(choose(tmp_path, precision="bf16"), None)
    assert {p.dtype for p in mixed._copies[0].model.parameters()} == {torch.float32}
    assert ((mixed.embed(pictures) * full.embed(pictures)).sum(axis=1) > 0.995).all()
    assert not np.array_equal(mixed.embed(pictures), full.embed(pictures))
