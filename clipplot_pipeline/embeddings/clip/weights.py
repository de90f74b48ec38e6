"""Which files a model is made of, and how its pictures were prepared when it learned.

Belongs here: finding weights, tags, preprocessing and activation that they were trained with. Does not belong here:
loading them (``model``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip

from clipplot_pipeline.embeddings.choice import EmbedderChoice
from clipplot_pipeline.embeddings.hub import HF_HUB, WEIGHTS_SUFFIXES, WITHOUT_HUB
from clipplot_pipeline.errors import EmbedderError

#: What weights are trained with and do not say themselves; the last is the activation.
_HABITS = ("mean", "std", "interpolation", "resize_mode", "quick_gelu")


def find_weights(choice: EmbedderChoice) -> list[Path]:
    """Return the files of weights, fetched from the hub if they are not on this machine.

    Raises
    ------
    EmbedderError
        If there are none: a model without is random.
    """
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
            found = open_clip.download_pretrained(_tag_config(choice.model, choice.pretrained))
    except (RuntimeError, OSError, ValueError) as error:
        raise EmbedderError(
            f"embedder open_clip: the weights of {describe(choice)} cannot be fetched ({first_line(error)}); "
            f"{WITHOUT_HUB}"
        ) from error
    if not found:
        raise EmbedderError(
            f"open_clip.pretrained: OpenCLIP knows no weights {choice.pretrained!r} for {choice.model}; expected "
            f"one of {', '.join(open_clip.list_pretrained_tags_by_model(choice.model)) or 'none'}"
        )
    return [Path(found)]


def find_training(choice: EmbedderChoice) -> dict[str, Any]:
    """Return what OpenCLIP must be told about how weights were trained, as arguments for loading them.

    A folder or repository of a model says it in its config, a tag in OpenCLIP's table. A bare file says nothing, and
    OpenCLIP silently prepares pictures as OpenAI did: here it counts as one of the tags of its model.

    Raises
    ------
    EmbedderError
        If the weights known for the model were trained in several ways and nothing says which it is.
    """
    if has_config(choice):
        return {}
    config = _tag_config(choice.model, choice.pretrained)
    if config or not Path(choice.pretrained).is_file():
        return {"force_quick_gelu": bool(config.get("quick_gelu", False))}
    config = _tag_config(choice.model, _find_tag(choice))
    given = {f"image_{habit}": config[habit] for habit in _HABITS[:-1] if config.get(habit) is not None}
    return {"force_quick_gelu": bool(config.get("quick_gelu", False)), **given}


def _find_tag(choice: EmbedderChoice) -> str:
    """Return the tag that a bare file of weights was trained like."""
    tags: list[str] = open_clip.list_pretrained_tags_by_model(choice.model)
    if choice.trained_as:
        if choice.trained_as not in tags:
            raise EmbedderError(
                f"open_clip.trained_as: OpenCLIP knows no weights {choice.trained_as!r} for {choice.model}; expected "
                f"one of {', '.join(tags) or 'none'}"
            )
        return choice.trained_as
    # The hub's cache names the repository: …/models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K/snapshots/…
    places = {part.removeprefix("models--").replace("--", "/") for part in Path(choice.pretrained).parts}
    of_place = [
        t for t in tags if _tag_config(choice.model, t).get("hf_hub", "").rstrip("/") in places - {""}
    ]
    groups: dict[str, list[str]] = {}
    for tag in of_place or tags:
        groups.setdefault(_describe_habits(_tag_config(choice.model, tag)), []).append(tag)
    if len(groups) == 1:
        return next(iter(groups.values()))[0]
    if not groups:
        raise EmbedderError(
            f"open_clip.pretrained: OpenCLIP knows no weights for {choice.model}, so that nothing says how pictures "
            f"are to be prepared for {choice.pretrained}; put the file into a folder with an open_clip_config.json "
            'that does, and set `model = "local-dir:FOLDER"`'
        )
    ways = "; ".join(f"{habits}: {', '.join(named[:4])}" for habits, named in groups.items())
    raise EmbedderError(
        f"open_clip.pretrained: weights of {choice.model} were trained in {len(groups)} ways, and the file "
        f"{Path(choice.pretrained).name} does not say in which; set `open_clip.trained_as` to a tag that was trained "
        f"like it ({ways})"
    )


def _describe_habits(config: Mapping[str, Any]) -> str:
    mean = ", ".join(f"{value:.3g}" for value in config.get("mean") or ())
    gelu = "QuickGELU" if config.get("quick_gelu") else "GELU"
    std = ", ".join(f"{value:.3g}" for value in config.get("std") or ())
    return f"mean {mean}, std {std}, {config.get('interpolation')}, {config.get('resize_mode')}, {gelu}"


def _tag_config(model: str, tag: str) -> dict[str, Any]:
    config: dict[str, Any] = open_clip.get_pretrained_cfg(model.replace("/", "-"), tag)
    return config


def has_timm_tower(choice: EmbedderChoice) -> bool:
    """Tell whether the image tower comes from timm, whose layers mix number formats by autocast alone."""
    folder = choice.local_folder
    if folder is not None:
        config = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8")).get(
            "model_cfg", {}
        )
    elif choice.model.startswith(HF_HUB):
        file = open_clip.download_pretrained_from_hf(
            choice.model.removeprefix(HF_HUB), filename="open_clip_config.json"
        )
        config = json.loads(Path(file).read_text(encoding="utf-8")).get("model_cfg", {})
    else:
        config = open_clip.get_model_config(choice.model.replace("/", "-")) or {}
    return "timm_model_name" in config.get("vision_cfg", {})


def has_config(choice: EmbedderChoice) -> bool:
    """Tell whether the model comes with a config of its own."""
    return choice.local_folder is not None or choice.model.startswith(HF_HUB)


def name_source(choice: EmbedderChoice) -> str:
    """Return the model as OpenCLIP wants it named."""
    return choice.model if choice.local_folder is None else f"local-dir:{choice.local_folder}"


def describe(choice: EmbedderChoice) -> str:
    """Return the model in words."""
    return choice.model if has_config(choice) else f"{choice.model} ({choice.pretrained})"


def first_line(error: Exception) -> str:
    """Return what an error says, in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def hash_config(folder: Path) -> str:
    """Return 16 hex digits over a model's config."""
    return hashlib.sha256((folder / "open_clip_config.json").read_bytes()).hexdigest()[:16]


def hash_file(file: Path) -> str:
    """Return the sha256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
