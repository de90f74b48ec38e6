"""How the pages that need no script are rendered.

Belongs here: one Jinja environment, in which every word of a user's is escaped.
"""

from __future__ import annotations

import jinja2

environment = jinja2.Environment(
    loader=jinja2.PackageLoader("clipplot_pipeline.site", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
