"""Pages about the graph and about what lies between its steps, made of the code; ``generate.py`` writes them.

Belongs here: turning ``clipplot_pipeline.graph`` and ``clipplot_pipeline.schemas`` into Markdown. Does not belong
here: what assets and columns mean, which stands there.
"""

from __future__ import annotations

import inspect
import re

import pyarrow as pa

from clipplot_pipeline import schemas
from clipplot_pipeline.graph import INVENTORY, SHARDS, VECTORS, Node, build_graph
from clipplot_pipeline.settings import Settings

ASSETS_HEAD = """\
# Assets

What the program computes, step by step, as Dagster shows it (`clipplot dev`). *Made of* names what shapes an output:
`asset#part` means that only that part of its content matters. Where none of these has changed, an asset is not computed
again. How this works stands in [architecture](architecture.md).

![The assets, each right of those that it is made of](images/graph.svg)
"""

TABLES_HEAD = """\
# Tables

The Parquet files that lie between the steps, below the [store](settings.md#store), one folder an output. Rows mean
something within one run only: tables are joined by `image_id` or `sha256`, never by row. These tables are internal
and change between versions; what a site publishes is laid down in [the site format](site-format.md).
"""


def render_assets() -> str:
    """Return the page of assets: one entry each, in the order of the graph."""
    graph = build_graph(Settings(embedder="open_clip"))
    ready_made = build_graph(Settings(embedder="imported", vectors=("vectors",)))[VECTORS]
    lines = [ASSETS_HEAD]
    group = ""
    for node in graph.values():
        if node.group != group:
            lines.append(f"## {node.group.capitalize()}\n")
            group = node.group
            if group == ready_made.group:
                lines.append(_render_node(ready_made) + '- Only with `embedder = "imported"`\n')
        lines.append(_render_node(node))
        if node.name == INVENTORY:
            lines.append(
                f"### `{SHARDS}`\n\nOutside the graph: one event for every shard that the inventory cuts.\n"
            )
    return "\n".join(lines)


def _render_node(node: Node) -> str:
    facts = []
    if node.inputs:
        facts.append("Made of: " + ", ".join(f"`{name}`" for name in node.inputs))
    if node.after:
        facts.append(
            "Needs, without being shaped by later changes: " + ", ".join(f"`{n}`" for n in node.after)
        )
    if node.settings:
        facts.append("Settings: " + ", ".join(f"`{key}`" for key in node.settings))
    if node.sharded:
        facts.append("One output for every shard")
    if node.pool:
        facts.append(f"Pool: `{node.pool}`")
    body = "\n".join(f"- {fact}" for fact in facts)
    return f"### `{node.name}`\n\n{node.description}\n\n{body}\n"


def render_tables() -> str:
    """Return the page of Parquet schemas, with the comments that stand beside them in the code."""
    notes = _read_notes()
    found = {name: value for name, value in vars(schemas).items() if isinstance(value, pa.Schema)}
    found["EMBEDDINGS"] = schemas.embeddings(512)
    lines = [TABLES_HEAD]
    for name, schema in found.items():
        about = "The number of components is the model's." if name == "EMBEDDINGS" else notes.get(name, "")
        lines.append(f"## `{name.lower()}`\n\n" + (f"{about}\n\n" if about else "") + _render_schema(schema))
    return "\n".join(lines)


def _render_schema(schema: pa.Schema) -> str:
    rows = ["| column | type | may be empty |", "|---|---|---|"]
    for field in schema:
        rows.append(f"| `{field.name}` | `{_name_type(field.type)}` | {'yes' if field.nullable else 'no'} |")
    return "\n".join(rows) + "\n"


def _name_type(kind: pa.DataType) -> str:
    return re.sub(r"<(?:item|element): ", "<", str(kind)).replace("[pyarrow]", "")


def _read_notes() -> dict[str, str]:
    """Return the ``#:`` comments above the schemas."""
    blocks = re.findall(r"((?:^#: .*\n)+)^([A-Z_]+) = ", inspect.getsource(schemas), re.MULTILINE)
    return {
        name: " ".join(line[3:] for line in text.splitlines()).replace("``", "`") for text, name in blocks
    }
