"""Write the terms of ``search_vectors.json`` anew: ``python -m tests.site.make_search_vectors``.

Both readers are held to that file, so look at what changes before you keep it.
"""

import json
from pathlib import Path

from clipplot_pipeline.site.search_terms import extract_terms

VECTORS = Path(__file__).parent / "search_vectors.json"

if __name__ == "__main__":
    texts = [entry["text"] for entry in json.loads(VECTORS.read_text(encoding="utf-8"))]
    entries = ({"text": text, "terms": sorted(extract_terms(text))} for text in texts)
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    VECTORS.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")
