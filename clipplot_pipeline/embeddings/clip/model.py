"""An OpenCLIP model at work: pictures and texts become vectors, on one device or several.

Belongs here: loading, preprocessing, inference, and what happens when a memory is full. Does not belong here: which
files it is loaded from (``weights``), which devices there are (``devices``).
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.choice import EmbedderChoice
from clipplot_pipeline.embeddings.clip import devices, weights
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import ModelCard

NOTES = (
    "Sees what pictures show as the web captions such things: objects, scenes, styles. Learned from pictures and "
    "captions of the web, with their biases: do not read judgements about people into it. Weak at counting, at small "
    "text, and at what the web rarely shows. The weights have a licence of their own: see the model's page."
)
#: Said of models that crop.
MIDDLE = " Of pictures that are not square it sees the middle alone."
#: Pictures that memory is measured with, and texts that go through at once.
PROBE, TEXTS = 8, 256
Encode = Callable[[Any, torch.Tensor], torch.Tensor]


class OpenClipEmbedder:
    """An OpenCLIP model, one copy on every device that is asked for.

    Parameters
    ----------
    choice : EmbedderChoice

    Raises
    ------
    EmbedderError
        If the model is unknown, has no trained weights, or the device or precision cannot be had.
    """

    name = "open_clip"

    def __init__(self, choice: EmbedderChoice) -> None:
        self._choice = choice
        self._devices = devices.pick_devices(choice.device)
        self._precision = devices.pick_precision(choice.precision, self._devices[0])
        self._weights = weights.find_weights(choice)
        self._copies = [self._load(device) for device in self._devices]
        self._free: queue.SimpleQueue[_Copy] = queue.SimpleQueue()
        for copy in self._copies:
            self._free.put(copy)
        self._tokenizer: Any = None
        visual = self._copies[0].model.visual
        side = visual.image_size
        self.input_px = max(side) if isinstance(side, (tuple, list)) else int(side)
        probe = [self.prepare(Image.new("RGB", (8, 8)))]
        self.dim = int(self.embed_prepared(probe).shape[1])
        self.batch_size = choice.batch_size or min(
            self._measure_batch(copy, probe[0]) for copy in self._copies
        )
        #: Batches that may be under way at once: one a device, and one whose pictures are being put together.
        self.lanes = len(self._copies) + 1

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card.

        Raises
        ------
        EmbedderError
            If the model's input is larger than the renditions.
        """
        short = re.search(r"short side (\d+) px", rendition_recipe)
        if short and int(short[1]) < self.input_px:
            raise EmbedderError(
                f"embedder open_clip: {weights.describe(self._choice)} looks at {self.input_px} px, but renditions "
                f"have a short side of {short[1]} px; set `rendition_px = {self.input_px}` or choose a smaller model"
            )
        folder = self._choice.local_folder
        steps = ", ".join(re.sub(r"\s+", " ", str(step)) for step in self._steps())
        hashes = (f"sha256 {weights.hash_file(file)}" for file in self._weights)
        return ModelCard(
            embedder=self.name,
            model=self._choice.model
            if folder is None
            else f"local-dir, config {weights.hash_config(folder)}",
            weights="; ".join([*self._tag(), *hashes]),
            preprocessing=steps,
            rendition=rendition_recipe,
            dim=self.dim,
            libraries={name: version(name) for name in ("torch", "torchvision", "open-clip-torch", "pillow")},
            notes=f"{NOTES}{MIDDLE if 'CenterCrop' in steps else ''} Computed in {self._precision} on "
            f"{', '.join(self._devices)}.",
            precision=self._precision,
        )

    def prepare(self, picture: Image.Image) -> torch.Tensor:
        """Return an RGB picture as the model wants it: float32, shape (3, height, width)."""
        prepared: torch.Tensor = self._preprocess(picture)
        return prepared

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, dim), unit length, in their order.

        Raises
        ------
        EmbedderError
            If the device has too little memory for a single picture.
        """
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="preprocess") as pool:
            return self.embed_prepared(list(pool.map(self.prepare, pictures)))

    def embed_prepared(self, prepared: Sequence[torch.Tensor]) -> NDArray[np.float32]:
        """Return vectors of prepared pictures; as `embed`. Several threads may ask: each waits for a free device."""
        if not prepared:
            return np.empty((0, self.dim), np.float32)
        inputs = torch.stack(list(prepared))
        return self._run(lambda model, part: model.encode_image(part), inputs)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of texts in the space of the pictures; float32, shape (n, dim), unit length, in their order.

        Raises
        ------
        EmbedderError
            If the model's tokenizer cannot be had.
        """
        if self._tokenizer is None:
            try:
                self._tokenizer = open_clip.get_tokenizer(weights.name_source(self._choice))
            except Exception as error:  # some tokenizers come from the hub, by way of other libraries
                raise EmbedderError(
                    f"embedder open_clip: the tokenizer of {weights.describe(self._choice)} cannot be had "
                    f"({weights.first_line(error)}); expected one on this machine or on the hub"
                ) from error
        found = [np.empty((0, self.dim), np.float32)]
        for start in range(0, len(texts), TEXTS):
            tokens = self._tokenizer(list(texts[start : start + TEXTS]))
            found.append(self._run(lambda model, part: model.encode_text(part), tokens))
        return np.concatenate(found)

    def _run(self, encode: Encode, inputs: torch.Tensor) -> NDArray[np.float32]:
        copy = self._free.get()
        try:
            return copy.run(encode, inputs)
        finally:
            self._free.put(copy)

    def _load(self, device: str) -> _Copy:
        choice = self._choice
        try:
            is_mixed = self._precision != "fp32" and weights.has_timm_tower(choice)
            model, self._preprocess = open_clip.create_model_from_pretrained(
                weights.name_source(choice),
                pretrained=None if weights.has_config(choice) else choice.pretrained,
                precision="fp32" if is_mixed else self._precision,
                device=device,
                **weights.find_training(choice),
            )
        except EmbedderError:
            raise
        except Exception as error:  # each format of weights has errors of its own
            raise EmbedderError(
                f"embedder open_clip: {weights.describe(choice)} cannot be loaded ({weights.first_line(error)}); "
                "expected a model with trained weights that fit its architecture"
            ) from error
        model.eval().to(memory_format=torch.channels_last)
        return _Copy(model, device, self._precision, is_mixed)

    def _measure_batch(self, copy: _Copy, picture: torch.Tensor) -> int:
        """Return how many pictures a device takes at once, by what a few of them need on it."""
        if not copy.device.startswith("cuda"):
            return devices.PLAIN_BATCH
        torch.cuda.reset_peak_memory_stats(copy.device)
        before = torch.cuda.memory_allocated(copy.device)
        copy.run(lambda model, part: model.encode_image(part), torch.stack([picture] * PROBE))
        needed = torch.cuda.max_memory_allocated(copy.device) - before
        devices.release_memory(copy.device)
        return devices.choose_batch_size(torch.cuda.mem_get_info(copy.device)[0], needed // PROBE)

    def _steps(self) -> list[object]:
        # A function has its address in its text, which is another one each time.
        steps = getattr(self._preprocess, "transforms", [self._preprocess])
        return [getattr(step, "__name__", None) or step for step in steps]

    def _tag(self) -> list[str]:
        is_file = Path(self._choice.pretrained).is_file()
        return [] if weights.has_config(self._choice) or is_file else [self._choice.pretrained]


class _Copy:
    """A model on one device; used by one thread at a time. ``limit``: pictures at once, once that was too many."""

    def __init__(self, model: Any, device: str, precision: str, is_mixed: bool) -> None:
        self.model, self.device = model, device
        self.limit: int | None = None
        self._dtype = open_clip.get_input_dtype(precision) or torch.float32
        self._is_mixed = is_mixed

    def run(self, encode: Encode, inputs: torch.Tensor) -> NDArray[np.float32]:
        """Return unit vectors, in parts that are halved until they fit into memory; the smaller size is kept."""
        found: list[NDArray[np.float32]] = []
        done = 0
        while done < len(inputs):
            part = inputs[done : done + (self.limit or len(inputs))]
            vectors = self._try(encode, part)
            if vectors is None:
                self.limit = len(part) // 2
                devices.release_memory(self.device)
                continue
            found.append(vectors)
            done += len(part)
        return np.concatenate(found)

    def _try(self, encode: Encode, part: torch.Tensor) -> NDArray[np.float32] | None:
        """Return the vectors, or None if there was not enough memory; then nothing holds on to any of it."""
        try:
            return self._infer(encode, part)
        except Exception as error:
            if not devices.is_out_of_memory(error):
                raise
            if len(part) == 1:
                raise EmbedderError(
                    f"embedder open_clip: {self.device} has too little memory for a single input; free some, choose a "
                    "smaller `open_clip.model`, or set `open_clip.device` to another device"
                ) from error
            return None

    def _infer(self, encode: Encode, part: torch.Tensor) -> NDArray[np.float32]:
        if part.is_floating_point():
            dtype = torch.float32 if self._is_mixed else self._dtype
            on_device = part.to(self.device, dtype, memory_format=torch.channels_last)
        else:
            on_device = part.to(self.device)
        with torch.inference_mode(), self._mixing():
            features = encode(self.model, on_device).float()
            vectors: NDArray[np.float32] = torch.nn.functional.normalize(features, dim=-1).cpu().numpy()
        return vectors

    @contextlib.contextmanager
    def _mixing(self) -> Iterator[None]:
        """Let timm's layers choose between number formats; the others are in one format throughout."""
        if not self._is_mixed:
            yield
            return
        with torch.autocast(self.device.partition(":")[0], self._dtype):
            yield
