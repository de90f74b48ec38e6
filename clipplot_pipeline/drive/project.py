"""Opening the project that a verb works on.

Belongs here: the refusal of a folder that is none. Does not belong here: reading settings (``settings``).
"""

from __future__ import annotations

from pathlib import Path

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.settings import FILE_NAME, Settings, load_settings


def open_settings(project: Path) -> Settings:
    """Return the settings of a project.

    Raises
    ------
    UsageError
        If the folder holds no ``clipplot.toml``.
    SettingsError
        If that does not say what can be done.
    """
    if not (project / FILE_NAME).exists():
        raise UsageError(f"{project.resolve()}: there is no {FILE_NAME}; expected the folder of a collection")
    return load_settings(project)
