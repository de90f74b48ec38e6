import json
import shutil

import numpy as np
import pytest
from PIL import Image

from clipplot_pipeline.embeddings import EmbedderChoice, check_available, embed_renditions, make_embedder
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.images import recipe
from clipplot_pipeline.model import ModelCard

torch = pytest.importorskip("torch", reason="needs the extra `clip`")
open_clip = pytest.importorskip("open_clip", reason="needs the extra `clip`")
from clipplot_pipeline.embeddings.clip import pick_device, pick_precision  # noqa: E402 (needs torch)


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
    assert not tiny._model.training


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


@pytest.mark.parametrize(
    ("cuda", "mps", "device"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_is_taken(monkeypatch, cuda, mps, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device("auto") == device
    assert pick_device("cpu") == "cpu"
    if not cuda:
        with pytest.raises(EmbedderError, match="finds no cuda"):
            pick_device("cuda")


def test_precision_fits_the_device():
    assert [pick_precision("auto", device) for device in ("cuda", "mps", "cpu")] == ["bf16", "fp32", "fp32"]
    assert pick_precision("bf16", "cpu") == "bf16"
    with pytest.raises(EmbedderError, match="fp16 cannot be had on a CPU"):
        pick_precision("fp16", "cpu")


def test_a_batch_too_large_for_the_device_names_the_setting(tiny, monkeypatch, draw):
    def fail(*_):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(tiny, "_infer", fail)
    with pytest.raises(EmbedderError, match=r"smaller `open_clip\.batch_size`"):
        tiny.embed([draw(1)])
