"""How near embedding comes to what the machine can do: the smaller of decoding alone and the bare model alone.

Run: ``python benchmarks/bench_embed.py [--models ViT-B-32 …] [--count N] [--device …] [--precision …]``; prints
Markdown. Models get random weights, which take as long as trained ones; pictures are drawn and written as renditions
are. ``descriptor`` among the models measures the embedder that needs no download: its floor is decoding alone.

``ours`` runs renditions through `embed_renditions`; ``decode`` opens and prepares them in as many threads and does no
more; ``forward`` puts batches that lie ready through the model. The share is ours of the smaller of the two where they
run on different devices; on a CPU they share the cores, and the bound is one after the other: 1 / (1/decode +
1/forward). Where there is a GPU, forward is also told as a share of the largest matrix product it can do.
"""

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe_machine
from PIL import Image

from clipplot_pipeline.embeddings import EmbedderChoice, embed_renditions, fit_embedder, make_embedder
from clipplot_pipeline.embeddings.renditions import decode_ahead

SIDES = (512, 683)


def draw_renditions(count: int) -> list[bytes]:
    """Draw pictures with detail at all scales, as photographs have, and encode them as renditions are."""
    found = []
    for number in range(min(count, 64)):
        rng = np.random.default_rng(number)
        picture = np.zeros((SIDES[0], SIDES[1], 3), np.float32)
        for cells in (4, 16, 64, 256):
            small = Image.fromarray(rng.integers(0, 256, (cells, cells, 3)).astype(np.uint8))
            picture += (
                np.asarray(small.resize((SIDES[1], SIDES[0]), Image.Resampling.BICUBIC), np.float32) / cells
            )
        out = io.BytesIO()
        scaled = np.clip(picture * (255 / picture.max()), 0, 255).astype(np.uint8)
        Image.fromarray(scaled).save(out, "JPEG", quality=90, subsampling=0)
        found.append(out.getvalue())
    return [found[number % len(found)] for number in range(count)]


def save_random_model(name: str, folder: Path) -> Path:
    """Save an OpenCLIP model with random weights as OpenCLIP saves trained ones."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    config = open_clip.get_model_config(name)
    place = folder / name
    place.mkdir()
    state = open_clip.create_model(name, load_weights=False).state_dict()
    save_file(
        {key: value.contiguous() for key, value in state.items()}, place / "open_clip_model.safetensors"
    )
    (place / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    return place


def rate(count: int, work: Callable[[], Any]) -> tuple[float, float]:
    """Return units a second by the wall, and seconds of all cores a thousand units."""
    wall, cores = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - wall), (time.process_time() - cores) / count * 1000


def drain(iterator: Iterator[Any]) -> None:
    for _ in iterator:
        pass


def decode_only(embedder: Any, renditions: list[bytes]) -> None:
    prepare = getattr(embedder, "prepare", lambda picture: picture)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        drain(decode_ahead(pool, renditions, embedder.batch_size, prepare))


def forward_only(embedder: Any, renditions: list[bytes], count: int) -> tuple[float, float]:
    """Return the rate of the bare model on batches that lie ready on its device."""
    import torch

    size = min(embedder.batch_size, count)
    copy = embedder._copies[0]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        prepared = next(decode_ahead(pool, renditions[:size], size, embedder.prepare))
    dtype = torch.float32 if copy._is_mixed else copy._dtype
    batch = torch.stack(prepared).to(copy.device, dtype, memory_format=torch.channels_last)
    rounds = max(count // size, 1)

    def work() -> None:
        with torch.inference_mode(), copy._mixing():
            for _ in range(rounds):
                features = copy.model.encode_image(batch)
            features.float().cpu()  # waits for the device

    work()
    return rate(rounds * size, work)


def count_flops(embedder: Any) -> float:
    """Return the floating-point operations that a picture takes, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    copy = embedder._copies[0]
    one = torch.zeros(1, 3, embedder.input_px, embedder.input_px).to(copy.device, copy._dtype)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        copy.model.encode_image(one if not copy._is_mixed else one.float())
    return float(counter.get_total_flops())


def matrix_ceiling(device: str, dtype: Any, side: int) -> float:
    """Return floating-point operations a second of the best of some square matrix products."""
    import torch

    left = torch.randn(side, side, device=device).to(dtype)
    best = 0.0
    for _ in range(5):
        rounds = 10 if device.startswith("cuda") else 1
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        started = time.perf_counter()
        for _ in range(rounds):
            product = left @ left
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        best = max(best, 2 * side**3 * rounds / (time.perf_counter() - started))
    del product
    return best


def make(name: str, given: argparse.Namespace, folder: Path, renditions: list[bytes]) -> Any:
    if name == "descriptor":
        choice = EmbedderChoice("descriptor")
        return make_embedder(choice, fit_embedder(choice, renditions[:200]))
    place = save_random_model(name, folder)
    choice = EmbedderChoice(
        "open_clip",
        f"local-dir:{place}",
        device=given.device,
        precision=given.precision,
        batch_size=given.batch_size,
    )
    return make_embedder(choice, None)


def measure(name: str, given: argparse.Namespace, folder: Path) -> str:
    """Return the row of one model: medians of rounds in turn, so that a busy machine slows all alike."""
    renditions = draw_renditions(given.count)
    embedder = make(name, given, folder, renditions)
    is_neural = name != "descriptor"
    drain(embed_renditions(embedder, renditions[: embedder.batch_size * 2]))  # warm
    rounds: dict[str, list[tuple[float, float]]] = {"ours": [], "decode": [], "forward": []}
    for _ in range(given.rounds):
        rounds["decode"].append(rate(given.count, lambda: decode_only(embedder, renditions)))
        if is_neural:
            rounds["forward"].append(forward_only(embedder, renditions, given.count))
        rounds["ours"].append(rate(given.count, lambda: drain(embed_renditions(embedder, renditions))))
    wall = {key: statistics.median(w for w, _ in found) for key, found in rounds.items() if found}
    cores = {key: statistics.median(c for _, c in found) for key, found in rounds.items() if found}
    device = embedder._copies[0].device if is_neural else "cpu"
    bound = wall["decode"]
    if is_neural and device == "cpu":
        bound = 1 / (1 / wall["decode"] + 1 / wall["forward"])
    elif is_neural:
        bound = min(wall["decode"], wall["forward"] * len(embedder._copies))
    row = [name, device, embedder._precision if is_neural else "", str(embedder.batch_size)]
    row += [f"{wall['ours']:.1f}", f"{wall['decode']:.0f}", f"{wall['forward']:.1f}" if is_neural else ""]
    row += [f"{wall['ours'] / bound:.2f}", " / ".join(f"{cores[key]:.1f}" for key in cores)]
    if is_neural:
        dtype = embedder._copies[0]._dtype
        ceiling = matrix_ceiling(device, dtype, 8192 if device.startswith("cuda") else 2048)
        flops = count_flops(embedder)
        row += [f"{flops / 1e9:.1f}", f"{wall['forward'] * flops / 1e12:.2f}", f"{ceiling / 1e12:.2f}"]
        row += [f"{wall['forward'] * flops / ceiling:.2f}"]
    else:
        row += ["", "", "", ""]
    return "| " + " | ".join(row) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["descriptor", "ViT-B-32", "ViT-L-14"])
    parser.add_argument("--count", type=int, default=256, help="pictures a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--batch-size", type=int, default=0)
    given = parser.parse_args()
    print(f"{given.count} renditions of {SIDES[1]} × {SIDES[0]} px; {describe_machine()}\n")
    titles = ["model", "device", "numbers", "batch", "ours, images/s", "decode", "forward", "ours / bound"]
    titles += [
        "ms of cores an image: ours / decode / forward",
        "GFLOP an image",
        "TFLOP/s",
        "matrix TFLOP/s",
        "share",
    ]
    print("| " + " | ".join(titles) + " |\n|---|---|---|" + "---:|" * (len(titles) - 3))
    with tempfile.TemporaryDirectory() as folder:
        for name in given.models:
            print(measure(name, given, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
