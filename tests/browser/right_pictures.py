"""What tests of every layout assert: each picture that is drawn or picked is the right one, where the site says."""

from __future__ import annotations

import numpy as np

from tests.browser.coded_site import CodedSite
from tests.browser.viewer_page import CLEAR, ViewerPage, code_at, is_clear


def check_pictures(viewer: ViewerPage, coded: CodedSite) -> int:
    """Assert that what is drawn and what is picked is the right image; return how many were seen."""
    viewer.look_away()
    pixels = viewer.pixels()
    boxes = viewer.boxes(coded.count)
    ranks = [rank for rank, box in enumerate(boxes) if is_clear(box)]
    middles = [(boxes[rank]["x"], boxes[rank]["y"]) for rank in ranks]
    heads = [(boxes[rank]["x"], boxes[rank]["y"] - 0.4 * boxes[rank]["height"]) for rank in ranks]
    picked = viewer.pick_all(middles + heads)
    seen = 0
    for rank, (x, y), top, head, at_head in zip(
        ranks, middles, picked, heads, picked[len(ranks) :], strict=False
    ):
        assert top >= 0, f"nothing is picked in the middle of rank {rank}"
        # What covers it covers its middle: the drawn picture must be that of the picked image.
        other = boxes[top]
        assert abs(x - other["x"]) <= other["width"] / 2 + 4
        assert abs(y - other["y"]) <= other["height"] / 2 + 4
        if y - other["y"] > -0.15 * other["height"]:  # not in the white band of the one on top
            assert code_at(pixels, x, y) == coded.codes[top], (rank, top, x, y)
            seen += top == rank
        if at_head == rank and boxes[rank]["height"] > 40 and head[1] > CLEAR["top"]:
            above = pixels[round(head[1]), round(x)]
            assert above.min() > 215, f"rank {rank} does not stand upright: {above}"
    return seen


def check_positions(viewer: ViewerPage, coded: CodedSite, layout: str) -> None:
    """Assert that images lie, or soon will, where the site says, up to one shift and one scale for all."""
    world = coded.positions[layout].astype(float)
    for _ in range(100):
        boxes = viewer.boxes(coded.count)
        screen = np.array([[box["x"], -box["y"]] for box in boxes])
        scale = viewer.state()["camera"]["scale"]
        off = np.ptp(screen - world * scale, axis=0).max()
        if off < (most := 0.05 + 4e-5 * scale):  # positions are 16 bit
            return
        viewer.page.wait_for_timeout(100)
    raise AssertionError(f"images lie {off:.1f} px from where {layout} has them; expected at most {most:.2f}")
