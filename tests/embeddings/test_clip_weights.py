"""Bare files of weights: OpenCLIP would silently prepare pictures as OpenAI did."""

import pytest

from clipplot_pipeline.embeddings import EmbedderChoice, check_available, make_embedder
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.images import recipe
from tests.embeddings.conftest import TINY_MODEL

torch = pytest.importorskip("torch", reason="needs the extra `clip`")
open_clip = pytest.importorskip("open_clip", reason="needs the extra `clip`")
from clipplot_pipeline.embeddings.clip.weights import find_training  # noqa: E402 (needs torch)


@pytest.fixture
def weights(tmp_path):
    """An empty file that counts as weights where only names are looked at."""
    file = tmp_path / "weights.safetensors"
    file.touch()
    return file


def choose(model, file, **options):
    return EmbedderChoice("open_clip", model, str(file), device="cpu", **options)


def training_of(model, tag):
    config = open_clip.get_pretrained_cfg(model, tag)
    return config["mean"], config["std"], config["interpolation"], config["resize_mode"]


@pytest.mark.parametrize(
    ("model", "tag"),
    [("ViT-B-32-256", "datacomp_s34b_b86k"), ("ViT-B-16-SigLIP", "webli"), ("MobileCLIP-S1", "datacompdr")],
)
def test_a_file_is_prepared_for_as_the_weights_known_for_its_model(weights, model, tag):
    found = find_training(choose(model, weights))
    told = tuple(found[f"image_{habit}"] for habit in ("mean", "std", "interpolation", "resize_mode"))
    assert told == training_of(model, tag)


def test_where_weights_of_a_model_differ_the_file_is_not_guessed_at(weights):
    with pytest.raises(
        EmbedderError, match=r"ViT-L-14 were trained in 3 ways.*`open_clip\.trained_as`"
    ) as error:
        find_training(choose("ViT-L-14", weights))
    for part in ("laion2b_s32b_b82k", "openai", "QuickGELU", "mean 0.5, 0.5, 0.5"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("tag", "mean", "is_quick"),
    [
        ("openai", (0.48145466, 0.4578275, 0.40821073), True),
        ("laion2b_s32b_b82k", (0.5, 0.5, 0.5), False),
        ("laion400m_e32", (0.48145466, 0.4578275, 0.40821073), False),
    ],
)
def test_the_tag_that_it_was_trained_like_decides(weights, tag, mean, is_quick):
    found = find_training(choose("ViT-L-14", weights, trained_as=tag))
    assert (found["image_mean"], found["force_quick_gelu"]) == (mean, is_quick)


def test_the_cache_of_the_hub_says_which_weights_a_file_holds(tmp_path):
    address = open_clip.get_pretrained_cfg("ViT-L-14", "laion2b_s32b_b82k")["hf_hub"].strip("/")
    folder = tmp_path / ("models--" + address.replace("/", "--")) / "snapshots" / "1a2b"
    folder.mkdir(parents=True)
    (folder / "open_clip_model.safetensors").touch()
    found = find_training(choose("ViT-L-14", folder / "open_clip_model.safetensors"))
    assert found["image_mean"] == (0.5, 0.5, 0.5)


def test_an_unknown_tag_is_refused_with_those_there_are(weights):
    with pytest.raises(EmbedderError, match=r"open_clip\.trained_as.*'opanai' for ViT-L-14.*openai"):
        find_training(choose("ViT-L-14", weights, trained_as="opanai"))


def test_a_model_without_known_weights_needs_a_config(weights):
    model = next(m for m in open_clip.list_models() if not open_clip.list_pretrained_tags_by_model(m))
    with pytest.raises(EmbedderError, match=r"nothing says how pictures.*local-dir:FOLDER"):
        find_training(choose(model, weights))


def test_a_path_that_leads_nowhere_is_no_unknown_tag(tmp_path):
    with pytest.raises(EmbedderError, match=r"there is no file .*absent\.safetensors"):
        check_available(choose("ViT-B-32", tmp_path / "absent.safetensors"))


def test_a_bare_file_computes_what_its_tag_would(tmp_path, monkeypatch, draw):
    """With weights of a tiny model under a name that OpenCLIP knows as trained with mean and deviation 0.5."""
    from open_clip import factory
    from safetensors.torch import save_file

    torch.manual_seed(5)
    model = open_clip.CLIP(**TINY_MODEL, quick_gelu=True)
    file = tmp_path / "bare.safetensors"
    save_file(model.state_dict(), file)
    monkeypatch.setitem(factory._MODEL_CONFIGS, "ViT-H-14", TINY_MODEL)
    embedder = make_embedder(choose("ViT-H-14", file, trained_as="dfn5b"), None)
    card = embedder.card(recipe(512))
    assert "CenterCrop" not in card.preprocessing  # dfn5b squashes, the others crop
    assert "sha256" in card.weights
    picture = draw(3, (90, 40))
    inputs = embedder.prepare(picture)[None]
    with torch.inference_mode():
        expected = model.eval().encode_image(inputs, normalize=True).numpy()
    torch.testing.assert_close(torch.tensor(embedder.embed([picture])), torch.tensor(expected))
