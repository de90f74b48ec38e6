import pytest

from clipplot_pipeline.errors import EmbedderError

torch = pytest.importorskip("torch", reason="needs the extra `clip`")
pytest.importorskip("open_clip", reason="needs the extra `clip`")
from clipplot_pipeline.embeddings.clip import (  # noqa: E402 (needs torch)
    choose_batch_size,
    is_out_of_memory,
    pick_devices,
    pick_precision,
)


@pytest.fixture
def machine(monkeypatch):
    """Return a function that lends a machine with so many cards."""

    def machine(cards, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return machine


@pytest.mark.parametrize(
    ("cards", "mps", "devices"),
    [
        (1, True, ("cuda",)),
        (3, False, ("cuda:0", "cuda:1", "cuda:2")),
        (0, True, ("mps",)),
        (0, False, ("cpu",)),
    ],
)
def test_the_best_devices_are_taken(machine, cards, mps, devices):
    machine(cards, mps)
    assert pick_devices("auto") == devices
    assert pick_devices("cpu") == ("cpu",)


def test_cards_are_chosen_by_number(machine):
    machine(4)
    assert pick_devices("cuda:2") == ("cuda:2",)
    assert pick_devices("cuda:3,cuda:0,cuda:3") == ("cuda:3", "cuda:0")
    assert pick_devices("cuda") == ("cuda",)
    with pytest.raises(
        EmbedderError, match=r"finds no cuda:4 on this machine; expected auto, or of cpu, cuda, cuda:0"
    ):
        pick_devices("cuda:1,cuda:4")


def test_without_cards_there_is_no_cuda(machine):
    machine(0)
    with pytest.raises(EmbedderError, match="finds no cuda"):
        pick_devices("cuda")


def test_precision_fits_the_device():
    found = [pick_precision("auto", device) for device in ("cuda", "cuda:1", "mps", "cpu")]
    assert found == ["bf16", "bf16", "fp32", "fp32"]
    assert pick_precision("bf16", "cpu") == "bf16"
    with pytest.raises(EmbedderError, match="fp16 cannot be had on a CPU"):
        pick_precision("fp16", "cpu")


@pytest.mark.parametrize(
    ("free_mb", "each_mb", "expected"),
    [(80_000, 20, 512), (8_000, 40, 64), (100, 40, 8), (0, 0, 8), (8_000, 0, 512)],
)
def test_a_batch_fits_into_half_of_the_free_memory(free_mb, each_mb, expected):
    assert choose_batch_size(free_mb << 20, each_mb << 20) == expected


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (torch.OutOfMemoryError("x"), True),
        (MemoryError(), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_full_memory_is_known_by_class_or_words(error, is_full):
    assert is_out_of_memory(error) is is_full
