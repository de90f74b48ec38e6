"""The map of meaning: OpenCLIP's towers. The only room that imports torch and open_clip.

Belongs here: finding and loading a model with its weights (``weights``), devices, number formats and memory
(``devices``), inference (``model``), neighbours on an accelerator (``nearest``). Does not belong here: whether the
extra is installed (``choice``), what the hub holds (``hub``).
"""

from clipplot_pipeline.embeddings.clip.devices import (
    choose_batch_size,
    is_out_of_memory,
    pick_devices,
    pick_precision,
)
from clipplot_pipeline.embeddings.clip.model import OpenClipEmbedder
from clipplot_pipeline.embeddings.clip.nearest import DeviceSearch

__all__ = [
    "DeviceSearch",
    "OpenClipEmbedder",
    "choose_batch_size",
    "is_out_of_memory",
    "pick_devices",
    "pick_precision",
]
