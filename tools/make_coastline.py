"""Make ``clipplot_pipeline/layouts/coastline.bin`` of Natural Earth's land areas.

Run it again only to take another edition: ``npm pack world-atlas@2``, unpack, then
``python tools/make_coastline.py package/land-50m.json``. The result holds the same points on every machine.

Natural Earth (naturalearthdata.com) is in the public domain; ``world-atlas`` (M. Bostock, ISC licence) carries its
1:50m land polygons as TopoJSON. See ``docs/decisions/0022-coastlines-from-natural-earth.md``.

Belongs here: TopoJSON, simplification, the packaged format. Does not belong here: reading it (``layouts.coastlines``).
"""

import itertools
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TARGET = Path(__file__).parents[1] / "clipplot_pipeline" / "layouts" / "coastline.bin"
#: How far a simplified coast may lie from the original: 3 km. Unit: degrees.
TOLERANCE = 0.027
#: Islands smaller than this are left out. Unit: degrees.
SMALLEST = 0.05
#: Numbers are kept in hundredths of a degree.
STEPS_PER_DEGREE = 100
LARGEST_BYTES = 60_000

Ring = NDArray[np.float64]


def read_rings(topology: dict[str, Any]) -> list[Ring]:
    """Return the rings of a TopoJSON file's land as (m, 2) longitudes and latitudes, closed."""
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    rings = []
    for shape in topology["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]:
            for numbers in polygon:
                parts = [arcs[k] if k >= 0 else arcs[~k][::-1] for k in numbers]
                rings.append(np.vstack([parts[0], *(part[1:] for part in parts[1:])]))
    return rings


def cut_at_date_line(ring: Ring) -> list[Ring]:
    """Return a closed ring of the globe as closed rings of the map whose edges are 180° east and west.

    A ring round the south pole is closed along the lower edge of the map.
    """
    steps = np.diff(ring[:, 0])
    turns = np.concatenate([[0.0], np.cumsum(np.rint(steps / -360.0))])
    flat = ring + np.column_stack([360.0 * turns, np.zeros(len(ring))])
    if turns[-1]:
        flat = np.vstack([flat, (flat[-1, 0], -90.0), (flat[0, 0], -90.0), flat[:1]])
    pieces = []
    for shift in (-360.0, 0.0, 360.0):
        piece = flat[:-1] + np.array((shift, 0.0))
        for sign in (1.0, -1.0):
            piece = _keep_side(piece, 180.0 + sign * piece[:, 0])
        if len(piece) > 2:
            pieces.append(np.vstack([piece, piece[:1]]))
    return pieces


def _keep_side(ring: Ring, inside: NDArray[np.float64]) -> Ring:
    """Return the part of a ring, not closed, where ``inside`` is above 0 (Sutherland and Hodgman, 1974)."""
    after, ends = np.roll(inside, -1), np.roll(ring, -1, axis=0)
    crosses = (inside >= 0) != (after >= 0)
    share = np.where(crosses, inside / np.where(crosses, inside - after, 1), 0)
    both = np.stack([ring, ring + (ends - ring) * share[:, None]], axis=1).reshape(-1, 2)
    kept: Ring = both[np.stack([inside >= 0, crosses], axis=1).ravel()]
    return kept


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Return a closed ring with the points that Douglas and Peucker (1973) keep."""
    keep = np.zeros(len(ring), bool)
    far = int(((ring - ring[0]) ** 2).sum(1).argmax())
    keep[[0, far, -1]] = True
    ahead = [(0, far), (far, len(ring) - 1)]
    while ahead:
        start, end = ahead.pop()
        if end - start < 2:
            continue
        way, inner = ring[end] - ring[start], ring[start + 1 : end] - ring[start]
        length = np.hypot(*way)
        off = np.abs(inner @ (way[1], -way[0])) / length if length else np.hypot(*inner.T)
        worst = int(off.argmax())
        if off[worst] > tolerance:
            middle = start + 1 + worst
            keep[middle] = True
            ahead += [(start, middle), (middle, end)]
    return ring[keep]


def pack(rings: list[Ring]) -> bytes:
    """Return the packaged file: zlib of the count of rings, their lengths, and the bytes of all differences.

    Little-endian: u32 count, u16 lengths; then for longitude and latitude, in hundredths of a degree, differences along
    all rings (modulo 65,536), zig-zag mapped, all low bytes before all high ones. A ring's last point joins its first.
    """
    points = np.vstack(rings)
    steps = np.rint(points * STEPS_PER_DEGREE).astype(np.int32)
    differences = np.diff(steps, axis=0, prepend=0).astype(np.int16).astype(np.int32)
    zigzag = ((differences << 1) ^ (differences >> 31)).astype("<u2")
    lengths = np.array([len(ring) for ring in rings], "<u2").tobytes()
    planes = b"".join((zigzag[:, k] >> shift).astype("u1").tobytes() for k in (0, 1) for shift in (0, 8))
    return zlib.compress(struct.pack("<I", len(rings)) + lengths + planes, 9)


def main(source: Path) -> None:
    """Write the file."""
    rings = []
    whole = read_rings(json.loads(source.read_text(encoding="utf-8")))
    for ring in itertools.chain.from_iterable(map(cut_at_date_line, whole)):
        extent = float(np.ptp(ring, axis=0).max())
        # A small island keeps a shape: four corners at least.
        simple = simplify(ring, min(TOLERANCE, extent / 6))
        if extent >= SMALLEST and len(simple) >= 5:
            rings.append(simple[:-1])
    data = pack(rings)
    if len(data) > LARGEST_BYTES:
        raise SystemExit(f"{len(data):,} bytes; expected at most {LARGEST_BYTES:,}: raise TOLERANCE")
    TARGET.write_bytes(data)
    sys.stdout.write(
        f"{TARGET}: {len(rings):,} rings, {sum(map(len, rings)):,} points, {len(data):,} bytes\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
