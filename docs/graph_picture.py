"""Draw the asset graph as an SVG, from the graph that the program runs.

Layers are longest paths from the root; edges that a longer way implies are left out; the order within layers comes
from sweeps of barycentres (Sugiyama, Tagawa, Toda 1981). Belongs here: the drawing. Does not belong here: what the
graph is (``clipplot_pipeline.graph``).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import pairwise

from clipplot_pipeline.graph import INVENTORY, SHARDS, Node, everything_above

COLUMN_PX, ROW_PX, BOX_WIDTH_PX, BOX_HEIGHT_PX, MARGIN_PX = 172, 44, 132, 30, 12
SWEEPS = 24
#: Fill and line of each group, readable on light and dark pages alike.
COLOURS = {
    "catalog": ("#e3ecf7", "#3f6fa8"),
    "embeddings": ("#efe6f7", "#7b4fa3"),
    "layouts": ("#e4f3e8", "#3c8a55"),
    "clusters": ("#fdf0d9", "#b07a1c"),
    "atlases": ("#fbe5e1", "#b5533f"),
    "site": ("#2f3b45", "#2f3b45"),
}


def reduce_edges(graph: Mapping[str, Node]) -> list[tuple[str, str]]:
    """Return the edges (from, to) that no longer way implies; ``shards`` hangs on the inventory."""
    edges = [(INVENTORY, SHARDS)]
    for name, node in graph.items():
        for above in node.upstream:
            others = [other for other in node.upstream if other != above and other in graph]
            if not any(above in everything_above(graph, other) for other in others):
                edges.append((above, name))
    return edges


def find_layers(edges: list[tuple[str, str]]) -> dict[str, int]:
    """Return the length of the longest way from the root to each asset."""
    layers = dict.fromkeys(dict.fromkeys(name for edge in edges for name in edge), 0)
    for _ in layers:
        for start, end in edges:
            layers[end] = max(layers[end], layers[start] + 1)
    return layers


def place_nodes(edges: list[tuple[str, str]]) -> tuple[dict[str, tuple[float, float]], list[list[str]]]:
    """Return the place of every asset and bend, and the way of every edge through them.

    Long edges pass through bends, one a layer, so that they keep clear of boxes.
    """
    layers = find_layers(edges)
    rows: list[list[str]] = [[] for _ in range(max(layers.values()) + 1)]
    for name, layer in layers.items():
        rows[layer].append(name)
    ways: list[list[str]] = []
    for start, end in edges:
        bends = [f"{start}>{layer}" for layer in range(layers[start] + 1, layers[end])]
        for bend in bends:
            row = rows[int(bend.rpartition(">")[2])]
            if bend not in row:
                row.append(bend)
        ways.append([start, *bends, end])
    beside: dict[str, set[str]] = {name: set() for row in rows for name in row}
    for way in ways:
        for one, other in pairwise(way):
            beside[one].add(other)
            beside[other].add(one)
    for sweep in range(SWEEPS):
        order = list(range(1, len(rows))) if sweep % 2 == 0 else list(range(len(rows) - 2, -1, -1))
        for at in order:
            last = at - 1 if sweep % 2 == 0 else at + 1
            rank = {name: (index + 0.5) / len(rows[last]) for index, name in enumerate(rows[last])}
            rows[at].sort(key=lambda name: (_mean([rank[n] for n in beside[name] if n in rank]), name))
    tallest = max(len(row) for row in rows)
    places = {}
    for layer, row in enumerate(rows):
        for index, name in enumerate(row):
            y = (index + 0.5) * tallest / len(row) * ROW_PX + MARGIN_PX
            places[name] = (MARGIN_PX + BOX_WIDTH_PX / 2 + layer * COLUMN_PX, y)
    return places, ways


def render_graph(graph: Mapping[str, Node]) -> str:
    """Return the SVG of a graph."""
    places, ways = place_nodes(reduce_edges(graph))
    width = max(x for x, _ in places.values()) + BOX_WIDTH_PX / 2 + MARGIN_PX
    height = max(y for _, y in places.values()) + ROW_PX / 2 + MARGIN_PX
    boxes = [_draw_box(name, place, graph) for name, place in places.items() if ">" not in name]
    lines = [f'<path d="{_trace([places[name] for name in way])}"/>' for way in ways]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img"',
            '     font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">',
            "<title>The assets, each right of those that it is made of; double frames: one partition a shard</title>",
            '<g fill="none" stroke="#8b98a5" stroke-width="1.3">',
            *lines,
            "</g>",
            *boxes,
            "</svg>\n",
        ]
    )


def _draw_box(name: str, place: tuple[float, float], graph: Mapping[str, Node]) -> str:
    node = graph.get(name)
    fill, line = COLOURS[node.group if node else "catalog"]
    x, y = place[0] - BOX_WIDTH_PX / 2, place[1] - BOX_HEIGHT_PX / 2
    sharded = node.sharded if node else True
    shape = f'width="{BOX_WIDTH_PX}" height="{BOX_HEIGHT_PX}" rx="6" fill="{fill}" stroke="{line}"'
    behind = f'<rect x="{x + 4:.1f}" y="{y + 4:.1f}" {shape}/>' if sharded else ""
    text = "#ffffff" if name == "site" else "#1d252c"
    label = f'<text x="{place[0]:.1f}" y="{place[1] + 4.5:.1f}" fill="{text}">{escape(name)}</text>'
    return f'{behind}<rect x="{x:.1f}" y="{y:.1f}" {shape}/>{label}'


def _trace(points: list[tuple[float, float]]) -> str:
    path = f"M{points[0][0] + BOX_WIDTH_PX / 2:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        start, end = x0 + BOX_WIDTH_PX / 2, x1 - BOX_WIDTH_PX / 2
        middle = (start + end) / 2
        path += f"L{start:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {end:.1f} {y1:.1f}"
    return path


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.5
