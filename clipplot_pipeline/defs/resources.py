"""Resources: what bodies are handed by Dagster.

Belongs here: resources only. A collection is one project folder; its settings are read anew in every run, so
that a run started by a long-lived daemon sees the file as it is.
"""

import json
from pathlib import Path

import dagster as dg

from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings


class ProjectResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The project folder of one collection.

    Attributes
    ----------
    folder : str
        Holds ``clipplot.toml``.
    options : str
        JSON object of dotted keys that override the file for this process.
    """

    folder: str
    options: str = "{}"

    def settings(self) -> Settings:
        """Return the settings as they are now."""
        return load_settings(Path(self.folder), json.loads(self.options))

    def ledger(self) -> Ledger:
        """Return the records of the collection."""
        return Ledger(self.settings())
