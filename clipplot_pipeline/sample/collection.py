"""Drawing the whole sample collection into a folder: the plan, the processes, the files.

Here: what is drawn where, and the order of writing. Not here: how a picture looks (`families`)
or what is said of it (`table`). Every picture has a random stream of its own, from the seed, its
family and its number: the bytes depend neither on the count nor on the number of processes.
"""

import json
import multiprocessing
import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.sample.families import FAMILIES
from clipplot_pipeline.sample.family import Family, Size
from clipplot_pipeline.sample.table import (
    Row,
    describe_picture,
    is_row_missing,
    orphan_row,
    render_table,
)

DEFAULT_COUNT = 1000
DEFAULT_SEED = 1
# raised whenever a change makes other pictures or words from the same seed
RECIPE_VERSION = 1
LONG_SIDE_PX = (360, 640)
JPEG_QUALITY = 88
# below this many pictures starting processes costs more than it saves
_WORTH_PROCESSES = 48
_MOST_PROCESSES = 8
_RECIPE_FILE = "sample.json"
_TABLE_FILE = "metadata.csv"


@dataclass(frozen=True)
class _Task:
    """One picture to draw: `position` counts through the collection, `index` through a family."""

    folder: Path
    seed: int
    position: int

    @property
    def family(self) -> Family:
        return FAMILIES[self.position % len(FAMILIES)]

    @property
    def index(self) -> int:
        return self.position // len(FAMILIES)

    @property
    def filename(self) -> str:
        """The picture's path below the images folder, with forward slashes."""
        return f"{self.family.name}/{self.family.name}-{self.index:03d}.jpg"

    @property
    def path(self) -> Path:
        return self.folder / "images" / self.filename


def draw_sample(
    folder: Path,
    *,
    count: int = DEFAULT_COUNT,
    seed: int = DEFAULT_SEED,
    processes: int | None = None,
) -> int:
    """Draw the sample collection and return how many pictures it has.

    Parameters
    ----------
    folder
        Gets ``images/<family>/<family>-<number>.jpg``, ``metadata.csv`` (written last) and
        ``sample.json``, which says what was drawn. Made where it does not exist. A finished
        sample of the same count and seed is left as it is; another sample is replaced.
    count
        Number of pictures, 1 or more, taken from all families in turn.
    seed
        0 or more. The same seed gives the same bytes in one environment.
    processes
        How many to draw with; by default one a core, and none beside this one for small samples.

    Raises
    ------
    UsageError
        If count or seed is out of range, or the folder holds images or a table of the user's.
    """
    done = 0
    for done in iterate_sample(folder, count=count, seed=seed, processes=processes):  # noqa: B007
        pass
    return done


def iterate_sample(
    folder: Path,
    *,
    count: int = DEFAULT_COUNT,
    seed: int = DEFAULT_SEED,
    processes: int | None = None,
) -> Generator[int, None, None]:
    """Draw the sample collection as `draw_sample` does, yielding how many pictures are done.

    The last number yielded is `count`, once everything is written; a finished sample yields it
    at once.
    """
    _check(folder, count, seed)
    tasks = [_Task(folder, seed, position) for position in range(count)]
    recipe = {"count": count, "recipe": RECIPE_VERSION, "seed": seed}
    if _is_finished(folder, recipe, tasks):
        yield count
        return
    _clear(folder, tasks)
    (folder / _RECIPE_FILE).write_text(json.dumps(recipe) + "\n", encoding="utf-8", newline="\n")
    rows: list[Row] = []
    for done, row in enumerate(_draw_all(tasks, processes), start=1):
        if not is_row_missing(done - 1):
            rows.append(row)
        if done < count:
            yield done
    rows.insert(min(len(rows), 10), orphan_row())
    partial = folder / (_TABLE_FILE + ".partial")
    partial.write_bytes(render_table(rows))
    partial.replace(folder / _TABLE_FILE)
    yield count


def _check(folder: Path, count: int, seed: int) -> None:
    if count < 1:
        raise UsageError(f"sample: count is {count}, expected 1 or more. Choose a larger count.")
    if seed < 0:
        raise UsageError(f"sample: seed is {seed}, expected 0 or more. Choose another seed.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"sample: {folder} is a file, expected a folder. Name another place.")
    if not (folder / _RECIPE_FILE).exists():
        for name in ("images", _TABLE_FILE):
            if (folder / name).exists():
                raise UsageError(
                    f"sample: {folder} already holds {name}, which no sample has put there; "
                    "expected an empty folder or an earlier sample. Name another folder."
                )


def _is_finished(folder: Path, recipe: dict[str, int], tasks: Sequence[_Task]) -> bool:
    try:
        found = json.loads((folder / _RECIPE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    has_table = (folder / _TABLE_FILE).exists()
    return bool(found == recipe and has_table and all(task.path.exists() for task in tasks))


def _clear(folder: Path, tasks: Sequence[_Task]) -> None:
    """Take away an earlier sample's table and pictures (only its own), and make the folders."""
    (folder / _TABLE_FILE).unlink(missing_ok=True)
    for family in FAMILIES:
        for path in sorted((folder / "images" / family.name).glob(f"{family.name}-*.jpg")):
            path.unlink()
    for parent in sorted({task.path.parent for task in tasks}):
        parent.mkdir(parents=True, exist_ok=True)


def _draw_all(tasks: Sequence[_Task], processes: int | None) -> Iterator[Row]:
    """Draw every picture and yield the rows in order, with several processes where it pays."""
    if processes is None:
        processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
        if len(tasks) < _WORTH_PROCESSES:
            processes = 1
    done = 0
    if processes > 1:
        pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
        try:
            for row in pool.map(_draw_one, tasks, chunksize=len(FAMILIES)):
                yield row
                done += 1
        except BrokenProcessPool:
            # where processes cannot be started (a script without a main guard) go on alone
            pass
        finally:
            pool.shutdown(cancel_futures=True)
    for task in islice(tasks, done, None):
        yield _draw_one(task)


def _draw_one(task: _Task) -> Row:
    """Draw one picture, write it and return its row."""
    family = task.family
    key = [task.seed, crc32(family.name.encode()), task.index]
    rng = np.random.default_rng(key)
    drawing = family.draw(rng, _choose_size(rng, family))
    drawing.image.save(task.path, "JPEG", quality=JPEG_QUALITY)
    words = np.random.default_rng([*key, 1])
    ring = FAMILIES.index(family) / (len(FAMILIES) - 1)
    return describe_picture(words, family, ring, task.filename, drawing.motif, drawing.tags)


def _choose_size(rng: np.random.Generator, family: Family) -> Size:
    """Return width and height in pixels: one of the family's shapes, a little off as paper is."""
    long_side = int(rng.integers(LONG_SIDE_PX[0], LONG_SIDE_PX[1] + 1))
    shape = family.shapes[rng.integers(len(family.shapes))] * float(rng.uniform(0.97, 1.03))
    if shape >= 1.0:
        return long_side, max(1, round(long_side / shape))
    return max(1, round(long_side * shape)), long_side
