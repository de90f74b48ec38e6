"""Which embedder, and whether it can be had: asked before any work.

Belongs here: the choice, and checks that load nothing heavy. Does not belong here: the embedders.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from clipplot_pipeline.embeddings.hub import WEIGHTS_SUFFIXES, check_hub
from clipplot_pipeline.embeddings.plugins import check_plugin
from clipplot_pipeline.errors import EmbedderError

#: Embedders that need no entry point.
BUILT_IN = ("open_clip", "descriptor", "imported")
LOCAL = "local-dir:"
#: A basis that was fitted on fewer images than this may be fitted anew.
SMALL_FIT = 500
#: … once the collection has grown so many times.
GROWTH = 10
REMEDIES = (
    'install it with `pip install "clipplot-pipeline[clip]"`, or choose the embedder that needs no download with '
    "`--embedder descriptor`"
)


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """What an embedder is made of.

    Attributes
    ----------
    embedder : str
        ``open_clip``, ``descriptor``, or the name of an installed one (``plugins``).
    model, pretrained : str
        OpenCLIP's names, or ``local-dir:FOLDER`` and nothing; a file of weights may stand for a tag.
    device, precision : str
        ``auto``, or torch's devices and OpenCLIP's number format.
    batch_size : int
        Pictures that go through at once; 0: as many as suit the device.
    trained_as : str
        Tag that a file of weights was trained like.
    """

    embedder: str
    model: str = ""
    pretrained: str = ""
    device: str = "auto"
    precision: str = "auto"
    batch_size: int = 0
    trained_as: str = ""

    @property
    def local_folder(self) -> Path | None:
        """Folder of a model saved by OpenCLIP, or None for a model of the hub."""
        return Path(self.model.removeprefix(LOCAL)) if self.model.startswith(LOCAL) else None


def needs_fit(choice: EmbedderChoice) -> bool:
    """Tell whether the embedder must be fitted to the collection before it is used."""
    return choice.embedder == "descriptor"


def refit_due(n_fitted: int, n_now: int) -> bool:
    """Tell whether a basis is worth fitting anew: it came of few images, and there are ten times as many now.

    Every vector is then computed anew, which is why a basis fitted on `SMALL_FIT` images or more stays for ever.
    """
    if n_fitted == 0:
        return n_now > 0
    return n_fitted < SMALL_FIT and n_now >= GROWTH * n_fitted


def find_missing() -> list[str]:
    """Return which libraries of the extra `clip` are not installed."""
    return [name for name in ("torch", "open_clip") if importlib.util.find_spec(name) is None]


def check_available(choice: EmbedderChoice) -> None:
    """Raise what would keep the embedder from working, without loading it.

    Raises
    ------
    EmbedderError
        If the extra is not installed, the model or its weights are unknown or out of reach, or a local model is
        not whole; the message names the remedies.
    """
    if choice.embedder not in BUILT_IN:
        check_plugin(choice.embedder)
    if choice.embedder != "open_clip":
        return
    if missing := find_missing():
        raise EmbedderError(
            f"embedder open_clip: {' and '.join(missing)} cannot be imported; expected the extra `clip`: {REMEDIES}"
        )
    folder = choice.local_folder
    if folder is None:
        check_hub(choice.model, choice.pretrained)
        return
    if not folder.is_dir():
        raise EmbedderError(
            f"open_clip.model: there is no folder {folder}; expected a folder with a model saved by OpenCLIP"
        )
    if not (folder / "open_clip_config.json").is_file():
        raise EmbedderError(
            f"open_clip.model: {folder} holds no open_clip_config.json; expected a folder saved by OpenCLIP, with "
            "that file and the weights"
        )
    if not any(file.suffix in WEIGHTS_SUFFIXES for file in folder.iterdir()):
        raise EmbedderError(
            f"open_clip.model: {folder} holds no weights; expected open_clip_model.safetensors beside the config: "
            "an untrained model sees nothing"
        )
