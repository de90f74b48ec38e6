"""`concepts` by its body: from pictures and a tiny OpenCLIP model to files, and what a second run computes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.assets.concepts import compute_concepts
from clipplot_pipeline.defs.concept_files import read_concepts
from clipplot_pipeline.defs.own_concepts import read_own_concepts, tag_own_concepts
from clipplot_pipeline.defs.step import Outcome, Step
from clipplot_pipeline.embeddings import EmbedderChoice, embed_renditions, make_embedder
from clipplot_pipeline.embeddings.clip import model as clip_model
from clipplot_pipeline.errors import EmbedderError, SettingsError
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.images import recipe
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.storage import Store

pytest.importorskip("open_clip", reason="needs the extra `clip`")
WORDS = [f"word {chr(97 + k)}" for k in range(24)]


class FakeLedger:
    """Folders of inputs, as the ledger knows them."""

    def __init__(self, root: Path) -> None:
        self.store = Store(str(root))
        self.shards = ("0000",)
        self.made = False
        self.graph: Any = {}

    def record(self, name: str) -> object | None:
        return object() if name != "concepts" or self.made else None

    def folder(self, name: str, shard: str | None = None) -> Store:
        return self.store.child(*filter(None, (name, shard)))

    def folders(self, name: str) -> Iterator[tuple[str, Store]]:
        for shard in self.shards:
            yield shard, self.folder(name, shard)


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, renditions: list[bytes]
) -> SimpleNamespace:
    """Return a project whose pictures are embedded by the tiny model; the catalog has them in another order."""
    project = tmp_path_factory.mktemp("project")
    (project / "words.txt").write_text("# mine\n[letters: {}]\n" + "\n".join(WORDS), encoding="utf-8")
    embedder = make_embedder(EmbedderChoice("open_clip", f"local-dir:{tiny_model}", device="cpu"), None)
    vectors = np.concatenate(list(embed_renditions(embedder, renditions)))
    names = [f"{k:064x}" for k in range(len(renditions))]
    ledger = FakeLedger(project / "store")
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), embedder.dim)
    ledger.folder("embeddings", "0000").write_table(
        "embeddings.parquet", pa.table([pa.array(names), flat], schema=schemas.embeddings(embedder.dim))
    )
    ledger.folder("images", "0000").write_table(
        "images.parquet", pa.table({"sha256": names, "rendition": renditions})
    )
    ids = [f"{k:020x}" for k in range(len(names))]
    ledger.folder("catalog").write_table(
        "catalog.parquet", pa.table({"image_id": ids, "sha256": names[::-1]})
    )
    ledger.folder("embedder").write_json("card.json", embedder.card(recipe(512)).to_json())
    options = {
        "source": str(project),
        "own_concepts": str(project / "words.txt"),
        "concepts.packaged": False,
        "open_clip.model": f"local-dir:{tiny_model}",
        "open_clip.device": "cpu",
    }
    return SimpleNamespace(project=project, ledger=ledger, vectors=vectors[::-1], options=options, ids=ids)


def run(ready: SimpleNamespace, **options: Any) -> Outcome:
    settings = load_settings(
        ready.project, {**ready.options, **{k.replace("__", "."): v for k, v in options.items()}}
    )
    ready.ledger.graph = build_graph(settings)
    step = Step(ready.ledger.graph["concepts"], None, settings, ready.ledger, ready.ledger.folder("concepts"))
    outcome = compute_concepts(step)
    assert all(check.passed for check in outcome.checks), outcome.checks
    return outcome


def read(ready: SimpleNamespace) -> Any:
    return read_concepts(ready.ledger.folder("concepts"), pa.chunked_array([ready.ids]))


def test_words_are_those_that_the_model_finds_nearest_and_are_kept_for_the_next_time(
    ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.ledger.made = False
    first = run(ready)
    assert first.facts["words_computed"] == first.facts["words"] == 24
    found = read(ready)
    assert found.words == tuple(WORDS)
    assert set(found.headings) == {"letters"}
    assert found.best.shape == (40, 3)  # an eighth of the words
    side = make_embedder(EmbedderChoice("open_clip", ready.options["open_clip.model"], device="cpu"), None)
    texts = side.embed_texts(WORDS)  # type: ignore[attr-defined]
    plain = ready.vectors @ texts.T
    expected = plain - plain.mean(axis=0) / 2 - plain.mean(axis=1, keepdims=True) / 2
    np.testing.assert_allclose(found.scores, -np.sort(-expected, axis=1)[:, :3], atol=5e-5)

    ready.ledger.made = True
    monkeypatch.setattr(clip_model, "OpenClipEmbedder", None)  # it is not even loaded again
    again = run(ready)
    assert (again.facts["words_computed"], again.data_version) == (0, first.data_version)


def test_a_new_word_alone_is_put_to_the_model(
    ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.ledger.made = False
    run(ready)
    ready.ledger.made = True
    words = ready.project / "more.txt"
    words.write_text("[letters: {}]\nnew word\n- word c\n" + "\n".join(WORDS[:2]) + "\n", encoding="utf-8")
    assert run(ready, own_concepts=str(words)).facts["words_computed"] == 1
    assert tag_own_concepts(str(words)) != tag_own_concepts(ready.options["own_concepts"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"embedder": "descriptor"}, "descriptor"),
        ({"embedder": "imported"}, "not said to be of OpenCLIP"),
        ({"concepts__per_image": 0}, "switched off"),
        ({"own_concepts": ""}, "empty"),
    ],
)
def test_absence_is_a_value_with_a_reason(
    ready: SimpleNamespace, options: dict[str, Any], reason: str
) -> None:
    assert reason in run(ready, **options).facts["reason"]
    found = read(ready)
    assert reason in found.reason
    assert found.best.shape == (40, 0)


def test_imported_vectors_have_words_if_they_are_of_the_model(ready: SimpleNamespace) -> None:
    ready.ledger.made = False
    options = {"embedder": "imported", "concepts__imported_from_open_clip": True}
    run(ready, **options)
    assert (read(ready).best >= 0).all()
    ready.ledger.made = True
    assert run(ready, **options).facts["words_computed"] == 0
    assert run(ready, **options, open_clip__trained_as="other").facts["words_computed"] == 24
    ready.ledger.made = False
    path = "embeddings.parquet"
    folder = ready.ledger.folder("embeddings", "0000")
    table = folder.read_table(path)
    turned = pa.FixedSizeListArray.from_arrays(
        pa.array(-table["vector"].combine_chunks().flatten().to_numpy()), 24
    )
    folder.write_table(path, table.set_column(1, table.schema.field(1), turned))
    try:
        with pytest.raises(EmbedderError, match=r"median cosine of -1\.00"):
            run(ready, **options)
    finally:
        folder.write_table(path, table)


@pytest.mark.parametrize("named", ["", "*.txt", "words.txt"])
def test_the_list_that_a_folder_or_pattern_names_is_read(tmp_path: Path, named: str) -> None:
    (tmp_path / "words.txt").write_text("ferry", encoding="utf-8")
    assert tag_own_concepts(str(tmp_path / named))
    assert read_own_concepts(str(tmp_path / named)) == "ferry"


def test_lists_that_are_no_lists_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="0 files"):
        tag_own_concepts(str(tmp_path / "none.txt"))
    (tmp_path / "words.txt").write_bytes("Zürich".encode("latin-1"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_own_concepts(str(tmp_path / "words.txt"))
    (tmp_path / "words.doc").write_bytes(b"PK\0\0")
    with pytest.raises(SettingsError, match="no list of words"):
        read_own_concepts(str(tmp_path / "words.doc"))
    assert (tag_own_concepts(""), read_own_concepts("")) == ("", "")
