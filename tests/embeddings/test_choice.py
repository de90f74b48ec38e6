import importlib.util
import subprocess
import sys

import pytest

from clipplot_pipeline.embeddings import EmbedderChoice, check_available, choice, hub, needs_fit, refit_due
from clipplot_pipeline.errors import EmbedderError

DEFAULT = EmbedderChoice("open_clip", "ViT-B-32-256", "datacomp_s34b_b86k")


@pytest.fixture
def _without_extra(monkeypatch):
    real = importlib.util.find_spec
    absent = {"torch", "open_clip"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else real(name))


@pytest.fixture
def full_hub(monkeypatch):
    """A hub that holds everything, and answers without a network; its cache is empty."""
    pytest.importorskip("open_clip", reason="needs the extra `clip`")
    hugging_face = pytest.importorskip("huggingface_hub", reason="needs the extra `clip`")
    monkeypatch.setattr(hugging_face, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(hugging_face.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hugging_face, "get_hf_file_metadata", lambda *_, **__: None)
    return hugging_face


def test_the_descriptor_needs_nothing_but_a_fit():
    check_available(EmbedderChoice("descriptor"))
    assert needs_fit(EmbedderChoice("descriptor"))
    assert not needs_fit(DEFAULT)


@pytest.mark.usefixtures("_without_extra")
def test_without_the_extra_both_remedies_are_named():
    with pytest.raises(EmbedderError) as error:
        check_available(DEFAULT)
    assert 'pip install "clipplot-pipeline[clip]"' in str(error.value)
    assert "--embedder descriptor" in str(error.value)


@pytest.mark.usefixtures("full_hub")
def test_the_default_model_is_one_that_openclip_knows():
    check_available(DEFAULT)


@pytest.mark.usefixtures("full_hub")
def test_an_unknown_model_is_refused_with_the_nearest_names():
    with pytest.raises(EmbedderError, match=r"knows no model 'ViT-B-32-265'.*ViT-B-32-256"):
        check_available(EmbedderChoice("open_clip", "ViT-B-32-265", "datacomp_s34b_b86k"))


@pytest.mark.usefixtures("full_hub")
def test_unknown_weights_are_refused_with_the_nearest_tags():
    with pytest.raises(EmbedderError, match=r"no weights 'datacomp_s34b'.*datacomp_s34b_b86k"):
        check_available(EmbedderChoice("open_clip", "ViT-B-32-256", "datacomp_s34b"))


@pytest.mark.usefixtures("full_hub")
def test_no_tag_at_all_is_refused_since_the_model_would_be_untrained():
    with pytest.raises(EmbedderError, match="no weights ''"):
        check_available(EmbedderChoice("open_clip", "ViT-B-32-256", ""))


def test_weights_out_of_reach_are_told_with_all_ways_out(full_hub, monkeypatch):
    def fail(*_, **__):
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr(full_hub, "get_hf_file_metadata", fail)
    with pytest.raises(EmbedderError) as error:
        check_available(DEFAULT)
    for part in ("Name or service not known", "local-dir:", "--embedder descriptor", "ViT-B-32-256"):
        assert part in str(error.value)


def test_weights_on_this_machine_need_no_hub(full_hub, monkeypatch):
    monkeypatch.setattr(full_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EmbedderError, match="HF_HUB_OFFLINE is set"):
        check_available(DEFAULT)
    monkeypatch.setattr(
        full_hub, "try_to_load_from_cache", lambda repository, name: f"/cache/{repository}/{name}"
    )
    check_available(DEFAULT)


def test_tags_read_from_the_source_are_those_that_openclip_has():
    open_clip = pytest.importorskip("open_clip", reason="needs the extra `clip`")
    tags = hub._read_tags(hub._package_folder() / "pretrained.py")
    assert len(tags) > 50
    for model, known in tags.items():
        assert set(known) == set(open_clip.list_pretrained_tags_by_model(model)), model
        for tag, address in known.items():
            assert address == open_clip.get_pretrained_cfg(model, tag).get("hf_hub", ""), (model, tag)


def test_a_folder_is_looked_through_before_work(tmp_path, monkeypatch):
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda name: object())
    folder = tmp_path / "model"
    asked = EmbedderChoice("open_clip", f"local-dir:{folder}")
    for expected, make in (
        ("there is no folder", folder.mkdir),
        ("holds no open_clip_config.json", (folder / "open_clip_config.json").touch),
        ("holds no weights", (folder / "open_clip_model.safetensors").touch),
    ):
        with pytest.raises(EmbedderError, match=expected):
            check_available(asked)
        make()
    check_available(asked)


def test_checking_loads_no_torch():
    code = (
        "import sys; from clipplot_pipeline.embeddings import EmbedderChoice, check_available\n"
        "from clipplot_pipeline.errors import EmbedderError\n"
        "try: check_available(EmbedderChoice('open_clip', 'ViT-B-32-256', 'no_such_tag'))\n"
        "except EmbedderError: pass\n"
        "print([name for name in ('torch', 'open_clip', 'cv2', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("fitted", "now", "is_due"),
    [(0, 0, False), (0, 1, True), (3, 29, False), (3, 30, True), (499, 4990, True), (500, 10**7, False)],
)
def test_a_basis_stays_unless_it_came_of_few_images(fitted, now, is_due):
    assert refit_due(fitted, now) is is_due
