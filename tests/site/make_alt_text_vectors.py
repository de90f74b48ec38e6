"""Write the answers of ``alt_text_vectors.json`` anew: ``python -m tests.site.make_alt_text_vectors``.

Both readers are held to that file, so look at what changes before you keep it.
"""

import json
from pathlib import Path

from clipplot_pipeline.model import Field
from clipplot_pipeline.site.alt_text import Captions

VECTORS = Path(__file__).parent / "alt_text_vectors.json"


def answer(entry):
    """Return what a vector's fields and cells give."""
    captions = Captions([Field(name, name, kind) for name, kind in entry["fields"]])
    cells, path = entry["cells"], entry["path"]
    name = captions.name(cells, path)
    return {"name": name, "alt": captions.describe(cells, path), "facts": captions.facts(cells, name)}


if __name__ == "__main__":
    entries = json.loads(VECTORS.read_text(encoding="utf-8"))
    lines = ",\n".join("  " + json.dumps(entry | answer(entry)) for entry in entries)
    VECTORS.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")
