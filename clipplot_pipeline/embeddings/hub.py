"""What OpenCLIP can load, asked of its files without importing it: importing torch takes seconds.

Belongs here: names of models, tags of weights, and whether the weights are on this machine or within reach.
Does not belong here: loading anything (``clip``).
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from clipplot_pipeline.errors import EmbedderError

HF_HUB = "hf-hub:"
#: File names that OpenCLIP looks for where a tag names a repository alone.
WEIGHTS_NAMES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
#: Endings of files that OpenCLIP takes for weights.
WEIGHTS_SUFFIXES = (".safetensors", ".bin", ".pth", ".pt")
#: How long the hub may take to answer. Unit: s.
TIMEOUT_S = 10.0
WITHOUT_HUB = (
    "connect to the internet for the first build (the weights are kept), name a folder with the model as "
    '`model = "local-dir:FOLDER"`, or choose the embedder that needs no download with `--embedder descriptor`'
)


def check_hub(model: str, pretrained: str) -> None:
    """Raise if OpenCLIP knows no such model or weights, or the weights can neither be found nor fetched.

    Parameters
    ----------
    model, pretrained : str
        OpenCLIP's name and tag, a file of weights in place of a tag, or ``hf-hub:org/repository`` as model.

    Raises
    ------
    EmbedderError
    """
    if model.startswith(HF_HUB):
        _check_reach(model, model.removeprefix(HF_HUB) + "/")
        return
    folder = _package_folder()
    models = [file.stem for file in sorted((folder / "model_configs").glob("*.json"))] if folder else []
    name = model.replace("/", "-")
    if models and name not in models:
        raise EmbedderError(
            f"open_clip.model: OpenCLIP knows no model {model!r}; expected {_nearest(name, models)}, or "
            "`local-dir:FOLDER` with a model saved by OpenCLIP"
        )
    if pretrained and Path(pretrained).is_file():
        return
    if Path(pretrained).suffix in WEIGHTS_SUFFIXES:
        raise EmbedderError(
            f"open_clip.pretrained: there is no file {pretrained}; expected weights, or one of OpenCLIP's tags"
        )
    table = _read_tags(folder / "pretrained.py") if folder else {}
    if not table:  # another edition of OpenCLIP: it will speak for itself when the model is loaded
        return
    tags = table.get(name, {})
    tag = pretrained.lower().replace("-", "_")
    if tag not in tags:
        known = _nearest(tag, tags) if tags else "none: OpenCLIP has no weights for this model"
        raise EmbedderError(
            f"open_clip.pretrained: OpenCLIP knows no weights {pretrained!r} for {model}; expected {known}"
        )
    if tags[tag]:
        _check_reach(f"{model} ({pretrained})", tags[tag])


def _package_folder() -> Path | None:
    spec = importlib.util.find_spec("open_clip")
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=4, cutoff=0.4) or sorted(known)[:8]
    return "one such as " + ", ".join(found)


def _read_tags(file: Path) -> dict[str, dict[str, str]]:
    """Return the hub address of every tag of every model, read from the source of ``open_clip.pretrained``.

    The tables there are ``dict(tag=_pcfg(url, hf_hub="org/repository/file"), …)``; what is written otherwise is
    left out. Empty address: the weights are not on the hub.
    """
    if not file.is_file():
        return {}
    tables: dict[str, dict[str, str]] = {}
    models: dict[str, dict[str, str]] = {}
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
            continue
        target, value = statement.targets[0].id, statement.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
            tables[target] = {key.arg: _address(key.value) for key in value.keywords if key.arg}
        elif isinstance(value, ast.Dict):
            for key, table in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(table, ast.Name) and table.id in tables:
                    models[str(key.value)] = tables[table.id]
                elif isinstance(key, ast.Constant) and isinstance(table, ast.Call):
                    entries = {word.arg: _address(word.value) for word in table.keywords if word.arg}
                    models[str(key.value)] = entries
    return models


def _address(call: ast.expr) -> str:
    if isinstance(call, ast.Call):
        for word in call.keywords:
            if word.arg == "hf_hub" and isinstance(word.value, ast.Constant):
                return str(word.value.value)
    return ""


def _check_reach(what: str, address: str) -> None:
    """Raise unless the weights at a hub address ``org/repository/[file]`` are cached or can be asked for."""
    try:
        from huggingface_hub import constants, hf_hub_url, try_to_load_from_cache
    except ImportError:  # OpenCLIP then has its own way to fetch weights
        return
    repository, _, file = address.rpartition("/")
    names = [file.rsplit(".", 1)[0] + ".safetensors", file] if file else list(WEIGHTS_NAMES)
    if any(isinstance(try_to_load_from_cache(repository, name), str) for name in names):
        return
    reason = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else _ask(hf_hub_url(repository, names[-1]))
    if reason:
        raise EmbedderError(
            f"embedder open_clip: the weights of {what} are not on this machine and cannot be fetched ({reason}); "
            f"{WITHOUT_HUB}"
        )


def _ask(url: str) -> str:
    """Return why nobody answers at a file's web address; empty if somebody does, whatever the answer.

    The hub's own library asks, as it does when it fetches: the same proxies, certificates, token and mirror.
    """
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import HfHubHTTPError

    try:
        get_hf_file_metadata(url, timeout=TIMEOUT_S)
    except HfHubHTTPError:
        return ""
    except Exception as error:  # noqa: BLE001 (what a dead line raises differs from edition to edition)
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return ""
