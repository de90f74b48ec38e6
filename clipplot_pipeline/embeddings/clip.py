"""The map of meaning: OpenCLIP's image tower. The only module that imports torch and open_clip.

Belongs here: loading a model with its weights, preprocessing, inference. A text side (``concepts``) has its place
here too. Does not belong here: whether the extra is installed (``choice``), what the hub holds (``hub``).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.choice import WEIGHTS_SUFFIXES, EmbedderChoice
from clipplot_pipeline.embeddings.hub import HF_HUB, WITHOUT_HUB
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import ModelCard

NOTES = (
    "Sees what pictures show as the web captions such things: objects, scenes, styles. Learned from pictures and "
    "captions of the web, with their biases: do not read judgements about people into it. Weak at counting, at small "
    "text, and at what the web rarely shows. The weights have a licence of their own: see the model's page."
)
#: Said of models that crop.
MIDDLE = " Of pictures that are not square it sees the middle alone."


class OpenClipEmbedder:
    """An OpenCLIP image tower, on the best device there is.

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
        self._device = pick_device(choice.device)
        self._precision = pick_precision(choice.precision, self._device)
        self._weights = _find_weights(choice)
        try:
            self._model, self._preprocess = open_clip.create_model_from_pretrained(
                _source(choice),
                pretrained=None if _has_schema(choice) else choice.pretrained,
                precision=self._precision,
                device=self._device,
                force_quick_gelu=_wants_quick_gelu(choice),
            )
        except Exception as error:  # each format of weights has errors of its own
            raise EmbedderError(
                f"embedder open_clip: {_what(choice)} cannot be loaded ({_first_line(error)}); expected a model with "
                "trained weights that fit its architecture"
            ) from error
        self._model.eval().to(memory_format=torch.channels_last)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="preprocess")
        side = self._model.visual.image_size
        self.input_px = max(side) if isinstance(side, (tuple, list)) else int(side)
        self.dim = int(self._infer([Image.new("RGB", (8, 8))]).shape[1])

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
                f"embedder open_clip: {_what(self._choice)} looks at {self.input_px} px, but renditions have a short "
                f"side of {short[1]} px; set `rendition_px = {self.input_px}` or choose a smaller model"
            )
        folder = self._choice.local_folder
        steps = ", ".join(re.sub(r"\s+", " ", str(step)) for step in self._steps())
        return ModelCard(
            embedder=self.name,
            model=self._choice.model if folder is None else f"local-dir, config {_config_hash(folder)}",
            weights="; ".join([*self._tag(), *(f"sha256 {_hash_file(file)}" for file in self._weights)]),
            preprocessing=steps,
            rendition=rendition_recipe,
            dim=self.dim,
            libraries={name: version(name) for name in ("torch", "torchvision", "open-clip-torch", "pillow")},
            notes=f"{NOTES}{MIDDLE if 'CenterCrop' in steps else ''} Computed in {self._precision} on {self._device}.",
        )

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, dim), unit length, in their order.

        Raises
        ------
        EmbedderError
            If the device has too little memory for the batch.
        """
        if not pictures:
            return np.empty((0, self.dim), np.float32)
        try:
            return self._infer(pictures)
        except torch.cuda.OutOfMemoryError as error:
            raise EmbedderError(
                f"embedder open_clip: {len(pictures)} pictures at once are too many for the memory of {self._device}; "
                "set a smaller `open_clip.batch_size`"
            ) from error

    def _infer(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        inputs = torch.stack(list(self._pool.map(self._preprocess, pictures)))
        dtype = open_clip.get_input_dtype(self._precision) or torch.float32
        inputs = inputs.to(self._device, dtype, memory_format=torch.channels_last)
        with torch.inference_mode():
            features = self._model.encode_image(inputs).float()
            vectors: NDArray[np.float32] = torch.nn.functional.normalize(features, dim=-1).cpu().numpy()
        return vectors

    def _steps(self) -> list[object]:
        # A function has its address in its text, which is another one each time.
        steps = getattr(self._preprocess, "transforms", [self._preprocess])
        return [getattr(step, "__name__", None) or step for step in steps]

    def _tag(self) -> list[str]:
        return (
            []
            if _has_schema(self._choice) or Path(self._choice.pretrained).is_file()
            else [self._choice.pretrained]
        )


def pick_device(asked: str) -> str:
    """Return the device to run on: ``auto`` is cuda, else mps, else cpu.

    Raises
    ------
    EmbedderError
        If the device asked for is not there.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return next(name for name, is_there in present.items() if is_there)
    if not present.get(asked.partition(":")[0], False):
        there = ", ".join(name for name, is_there in present.items() if is_there)
        raise EmbedderError(
            f"open_clip.device: torch finds no {asked} on this machine; expected one of auto, {there}"
        )
    return asked


def pick_precision(asked: str, device: str) -> str:
    """Return OpenCLIP's name of the number format: ``auto`` is bf16 on cuda and fp32 elsewhere.

    Raises
    ------
    EmbedderError
        If half precision is asked of a CPU, which computes it wrongly, slowly or not at all.
    """
    if asked == "auto":
        return "bf16" if device.startswith("cuda") else "fp32"
    if asked == "fp16" and device == "cpu":
        raise EmbedderError("open_clip.precision: fp16 cannot be had on a CPU; expected auto, fp32 or bf16")
    return asked


def _find_weights(choice: EmbedderChoice) -> list[Path]:
    """Return the files of weights, fetched from the hub if they are not on this machine."""
    folder = choice.local_folder
    if folder is not None:
        files = sorted(f for f in folder.glob("*") if f.suffix in WEIGHTS_SUFFIXES)
        if not files:
            raise EmbedderError(
                f"embedder open_clip: {folder} holds no weights; expected open_clip_model.safetensors beside the "
                "config: an untrained model sees nothing"
            )
        return files
    if Path(choice.pretrained).is_file():
        return [Path(choice.pretrained)]
    try:
        if choice.model.startswith(HF_HUB):
            found = open_clip.download_pretrained_from_hf(choice.model.removeprefix(HF_HUB))
        else:
            found = open_clip.download_pretrained(_tag_config(choice))
    except (RuntimeError, OSError, ValueError) as error:
        raise EmbedderError(
            f"embedder open_clip: the weights of {_what(choice)} cannot be fetched ({_first_line(error)}); "
            f"{WITHOUT_HUB}"
        ) from error
    if not found:
        raise EmbedderError(
            f"open_clip.pretrained: OpenCLIP knows no weights {choice.pretrained!r} for {choice.model}; expected "
            f"one of {', '.join(open_clip.list_pretrained_tags_by_model(choice.model)) or 'none'}"
        )
    return [Path(found)]


def _tag_config(choice: EmbedderChoice) -> dict[str, object]:
    config: dict[str, object] = open_clip.get_pretrained_cfg(
        choice.model.replace("/", "-"), choice.pretrained
    )
    return config


def _wants_quick_gelu(choice: EmbedderChoice) -> bool:
    """Tell whether the weights were trained with QuickGELU, which the name of the architecture may not say."""
    return not _has_schema(choice) and bool(_tag_config(choice).get("quick_gelu", False))


def _has_schema(choice: EmbedderChoice) -> bool:
    return choice.local_folder is not None or choice.model.startswith(HF_HUB)


def _source(choice: EmbedderChoice) -> str:
    return choice.model if choice.local_folder is None else f"local-dir:{choice.local_folder}"


def _what(choice: EmbedderChoice) -> str:
    return choice.model if _has_schema(choice) else f"{choice.model} ({choice.pretrained})"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _config_hash(folder: Path) -> str:
    return hashlib.sha256((folder / "open_clip_config.json").read_bytes()).hexdigest()[:16]


def _hash_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
