"""The map of meaning: OpenCLIP's towers. The only room that imports torch and open_clip.

Belongs here: finding and loading a model with its weights (``weights``), devices, number formats and memory
(``devices``), inference (``model``). Does not belong here: whether the extra is installed (``choice``), what the hub
holds (``hub``).
"""

from clipplot_pipeline.embeddings.clip.devices import (
    choose_batch_size,
    is_out_of_memory,
    pick_devices,
    pick_precision,
)
from clipplot_pipeline.embeddings.clip.model import OpenClipEmbedder

__all__ = ["OpenClipEmbedder", "choose_batch_size", "is_out_of_memory", "pick_devices", "pick_precision"]
