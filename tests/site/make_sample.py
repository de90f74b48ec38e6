"""Write the sample site anew: ``python -m tests.site.make_sample``. Do so when the format changes on purpose."""

import shutil
import tempfile
from pathlib import Path

from tests.site.conftest import SAMPLES, write_sample

if __name__ == "__main__":
    target = SAMPLES / "v1"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        print(write_sample(target, Path(scratch)))
