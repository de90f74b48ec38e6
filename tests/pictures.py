"""Small pictures and tables that tests of several rooms draw."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image


def draw_picture(path: Path, number: int, size: tuple[int, int] = (96, 72)) -> Path:
    """Draw a picture that only its number decides: a tilted wave in the number's colours."""
    rng = np.random.default_rng(number)
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    wave = np.sin(2 * np.pi * (rng.uniform(1, 6) * across + rng.uniform(1, 6) * down + rng.uniform()))
    low, high = rng.integers(0, 255, (2, 3))
    pixels = low + (high - low) * (wave[..., None] * 0.5 + 0.5)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path, quality=90)
    return path


def write_table(path: Path, names: list[str]) -> Path:
    """Write a metadata table with a category, tags, a year, a text and blanks."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["filename", "category", "tags", "year", "description"])
        for number, name in enumerate(names):
            year = "" if number % 5 == 0 else 1900 + number
            rows.writerow([name, ["étude", "wave"][number % 2], "blue|green", year, f'No. {number}, "étude"'])
    return path


def draw_collection(folder: Path, count: int = 24) -> Path:
    """Draw ``images`` and write ``metadata.csv`` into a folder, and return it."""
    names = [draw_picture(folder / "images" / f"picture{n:02}.jpg", n).name for n in range(count)]
    write_table(folder / "metadata.csv", names)
    return folder
