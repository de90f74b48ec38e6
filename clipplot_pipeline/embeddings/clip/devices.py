"""Where a model runs, in which numbers, and how many pictures its memory takes at once.

Belongs here: devices, precision, batch sizes, and telling a full memory from other errors. Does not belong here:
models (``model``).
"""

from __future__ import annotations

import torch

from clipplot_pipeline.errors import EmbedderError

#: Pictures at once where memory is not measured: more gain nothing on a CPU.
PLAIN_BATCH = 32
#: Memory that is reckoned with where it is not measured. Unit: bytes.
PLAIN_BYTES = 1 << 30
#: Bounds of a batch that is chosen by memory, and the share of the free memory that it may take.
LEAST_BATCH, MOST_BATCH, MEMORY_SHARE = 8, 512, 0.5
#: How errors of a full memory begin or go on where torch has no class for them.
_FULL = ("out of memory", "can't allocate memory", "not enough memory")


def pick_devices(asked: str) -> tuple[str, ...]:
    """Return the devices to run on: ``auto`` is all CUDA cards in sight, else mps, else cpu.

    Parameters
    ----------
    asked : str
        ``auto``, ``cpu``, ``mps``, ``cuda`` (one card), or cards by number with commas between: ``cuda:0,cuda:2``.

    Raises
    ------
    EmbedderError
        If a device asked for is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cards = tuple(f"cuda:{number}" for number in range(count))
    if asked == "auto":
        if torch.cuda.is_available():
            return cards if len(cards) > 1 else ("cuda",)
        return ("mps",) if torch.backends.mps.is_available() else ("cpu",)
    wanted = tuple(dict.fromkeys(name.strip() for name in asked.split(",")))
    there = {"cpu", *cards}
    if torch.cuda.is_available():
        there.add("cuda")
    if torch.backends.mps.is_available():
        there.add("mps")
    missing = [name for name in wanted if name not in there]
    if missing:
        raise EmbedderError(
            f"open_clip.device: torch finds no {', '.join(missing)} on this machine; expected auto, or of "
            f"{', '.join(sorted(there))}"
        )
    return wanted


def pick_precision(asked: str, device: str) -> str:
    """Return the number format: ``auto`` is bf16 on cuda and fp32 elsewhere.

    On CPUs bf16 is faster only where they compute it natively, and makes vectors depend on the machine: it is had
    for the asking.

    Raises
    ------
    EmbedderError
        If fp16 is asked of a CPU, which computes it wrongly, slowly or not at all.
    """
    if asked == "auto":
        return "bf16" if device.startswith("cuda") else "fp32"
    if asked == "fp16" and device == "cpu":
        raise EmbedderError("open_clip.precision: fp16 cannot be had on a CPU; expected auto, fp32 or bf16")
    return asked


def choose_batch_size(free_bytes: int, bytes_each: int) -> int:
    """Return how many pictures fit into a share of the free memory: a power of two.

    Parameters
    ----------
    free_bytes : int
        Memory left once the model is loaded.
    bytes_each : int
        What a picture takes on its way through the model, measured.
    """
    fitting = max(int(free_bytes * MEMORY_SHARE) // max(bytes_each, 1), 1)
    return max(LEAST_BATCH, min(MOST_BATCH, 1 << (fitting.bit_length() - 1)))


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether a device had too little memory: torch has a class for CUDA's errors, words for all others."""
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _FULL)


def measure_free(device: str) -> int:
    """Return the free memory of a device; of a CPU, whose memory others use as well, `PLAIN_BYTES`. Unit: bytes."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    if device == "mps" and hasattr(torch.mps, "recommended_max_memory"):
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return PLAIN_BYTES


def release_memory(device: str) -> None:
    """Give memory that torch keeps for later back to the device."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
