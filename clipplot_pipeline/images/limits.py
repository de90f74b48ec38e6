"""What a picture may cost, and what is made of it: the settings of one opening.

Belongs here: values that go to the worker processes with every picture. Does not belong here: keeping to them
(``worker``, ``decode``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cutting:
    """Which close-ups are cut of the originals (see ``closeup``).

    Attributes
    ----------
    kind : str
        ``picture``: a JPEG; ``tiles``: a pyramid.
    long_side_px : int
        At most; 0: that of the original. Unit: px.
    quality : int
        Of JPEG, 1 to 100.
    folder : str
        On the local disk: there they wait until somebody takes them, for they may be large.
    """

    kind: str
    long_side_px: int
    quality: int
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How one picture is opened.

    Attributes
    ----------
    rendition_px : int
        Short side of the rendition, px.
    max_pixels : int
        A picture with more pixels is rejected before it is decoded.
    allow_truncated : bool
        Whether a picture that breaks off is taken as far as it goes.
    timeout_s : int
        A picture that takes longer is rejected. Kept to by worker processes.
    memory_mb : int
        A picture that needs more is rejected; 0: no limit. Kept to by worker processes, where the operating
        system can (Linux).
    cutting : Cutting or None
        The close-ups to make besides; None: none.
    """

    rendition_px: int
    max_pixels: int
    allow_truncated: bool = False
    timeout_s: int = 60
    memory_mb: int = 4096
    cutting: Cutting | None = None
