"""UMAP in two dimensions, from the neighbours that were computed once.

Belongs here: the layout of similarity. Does not belong here: the search for neighbours (``embeddings``).

Source: McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection" (2018). The start is the
PCA, not the spectral layout: as good on a thousand photographs (0.38 of the 15 nearest kept, against 0.39) and on a
mixed collection (0.42 both), linear in time and memory, steadier when images are added, and it asks nothing more of
the vectors (Kobak, Linderman, Nat. Biotechnol. 39, 2021).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.anchoring import align, place_new
from clipplot_pipeline.layouts.islands import gather_islands
from clipplot_pipeline.layouts.memory import REFIT_SHARE, Fit, carry_on
from clipplot_pipeline.layouts.normalize import Transform, normalize_positions
from clipplot_pipeline.layouts.pca import fit_basis
from clipplot_pipeline.layouts.quality import measure_preservation
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.spread import TALL, WIDE, spread_out
from clipplot_pipeline.layouts.targets import Target, find_target
from clipplot_pipeline.layouts.umap_learn import load_umap
from clipplot_pipeline.model import Layout, Neighbors, Spread

N_NEIGHBORS, MIN_DIST, SEED, SPREAD_BELOW, TARGET_WEIGHT = 15, 0.1, 1, 20_000, 0.5
#: How fast UMAP learns when it starts from a map of other parameters, or of the primary: full speed would throw apart
#: what lies well (on 993 photographs variants keep 0.376 and 0.380 of the nearest instead of 0.366 and 0.365).
START_RATE = 0.25
#: … and when the same map is made again with more images: the old ones of a collection of 888 move by 0.091 of the
#: map's width instead of 0.183, those of 993 photographs by 0.065 instead of 0.068; as many of the nearest are kept.
REFIT_RATE = 0.1
#: With fewer images there is no manifold to speak of: they stand in a ring.
SMALLEST = 5
#: The settings that shape a map without target; variants are maps of their own.
KEYS = ("n_neighbors", "min_dist", "seed", "refit_share", "fit", "spread_below", "target")


def arrange_umap(
    given: LayoutInput, settings: Mapping[str, Any], name: str = "umap", is_variant: bool = False
) -> Layout:
    """Arrange images so that those that are alike lie near each other.

    Parameters
    ----------
    given : LayoutInput
        With ``vectors`` and ``neighbors``; with ``fields`` if there is a target, ``primary`` for a variant.
    settings : mapping
        ``n_neighbors`` (the image itself counts, as in umap-learn), ``min_dist``, ``seed``, ``fit`` (another
        number: the map is made anew); ``refit_share``: images that came since the map was made, beyond which it is
        made anew; until then old ones keep their positions to the bit. ``spread_below``: with fewer images the layout
        is also spread out, for wide windows and for tall ones. ``target``: field whose values are drawn together, by
        ``target_weight``; images without a value are drawn by likeness alone. Values are looked at when the map is
        made, not when images are placed on it.
    name, is_variant : str, bool
        What it is called. A variant starts from the primary layout and is turned to it, so that eyes can follow.

    Returns
    -------
    Layout
        The same bytes for the same input in one environment: one thread, fixed seed.
    """
    if given.vectors is None or given.neighbors is None:
        raise ValueError("layout umap: it needs vectors and neighbors")
    parameters = {
        "n_neighbors": int(settings.get("n_neighbors", N_NEIGHBORS)),
        "min_dist": float(settings.get("min_dist", MIN_DIST)),
        "seed": int(settings.get("seed", SEED)),
        "metric": "cosine",
        "fit": int(settings.get("fit", 0)),
    }
    if wanted := str(settings.get("target", "")):
        weight = float(settings.get("target_weight", TARGET_WEIGHT))
        parameters |= {"target": wanted, "target_weight": weight}
    share = float(settings.get("refit_share", REFIT_SHARE))
    carried = carry_on(given.previous, given.space, parameters, share)
    start = given.primary if is_variant else None
    positions, facts = _fit(given, parameters, start) if carried is None else _add(given, carried)
    facts["quality"] = measure_preservation(positions, given.neighbors)
    spreads = []
    if 0 < len(given) < int(settings.get("spread_below", SPREAD_BELOW)):
        made = [_spread(positions, given.aspects, given.neighbors, aspect) for aspect in (WIDE, TALL)]
        spreads = [spread for spread, _ in made]
        facts["spreads"] = [described for _, described in made]
    return Layout(name, positions, facts=facts, spreads=tuple(spreads))


def _fit(
    given: LayoutInput, parameters: Mapping[str, Any], primary: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the map made anew: of the old one, or else of the primary, so that it can be recognised."""
    before = given.previous.positions if given.previous is not None else primary
    old = before.astype(np.float64) if before is not None else None
    target = find_target(given, parameters["target"]) if "target" in parameters else None
    if len(given) < SMALLEST:
        raw = place_ring(len(given))
    else:
        raw = _embed(given, parameters, target, *_start(given, parameters, old))
        raw = align(raw, old) if old is not None else raw
    raw, islands = gather_islands(raw)
    positions, transform = normalize_positions(raw)
    fit = Fit(len(given), 0, given.space, parameters)
    return positions, {
        "parameters": dict(parameters),
        "transform": transform,
        "islands": islands,
        "fit": fit.to_json(),
        **_tell_target(target),
    }


def _tell_target(target: Target | str | None) -> dict[str, Any]:
    """Return the facts of what the map was guided by, or of why it was not."""
    if target is None:
        return {}
    return {"target": target.facts if isinstance(target, Target) else {"reason": target}}


def _add(given: LayoutInput, carried: Fit) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the map as it was, with the new images placed among the old ones, which do not move."""
    before = given.previous
    assert before is not None  # noqa: S101 - whoever carries on had a map before
    transform = Transform.from_json(before.facts["transform"])
    raw = _place_new(given, transform.undo(before.positions), carried.parameters)
    known = before.is_known[:, None]
    positions = np.where(known, before.positions, transform.apply(raw)).astype(np.float32)
    wanted = ("parameters", "transform", "islands", "target")
    kept = {name: before.facts[name] for name in wanted if name in before.facts}
    return positions, kept | {"fit": carried.to_json()}


def _place_new(
    given: LayoutInput, raw: NDArray[np.float64], parameters: Mapping[str, Any]
) -> NDArray[np.float64]:
    assert given.vectors is not None  # noqa: S101 - asked for above
    assert given.neighbors is not None  # noqa: S101 - asked for above
    return place_new(
        raw,
        given.neighbors,
        given.vectors,
        min_dist=parameters["min_dist"],
        n_neighbors=parameters["n_neighbors"] - 1,
        seed=parameters["seed"],
    )


def _spread(
    positions: NDArray[np.float32], aspects: NDArray[np.float32], neighbors: Neighbors, aspect: float
) -> tuple[Spread, dict[str, Any]]:
    """Return the positions spread out, and facts with the neighbourhoods kept, to be held against the raw map's."""
    spread, facts = spread_out(positions, aspects, aspect)
    quality = measure_preservation(spread.positions, neighbors)
    return spread, {"aspect": aspect, "picture_size": spread.picture_size, **facts, "quality": quality}


def place_ring(n: int) -> NDArray[np.float64]:
    """Return ``n`` positions on a circle, from the left clockwise; one image stands in the middle."""
    if n < 2:
        return np.zeros((n, 2))
    angle = np.pi - 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _start(
    given: LayoutInput, parameters: Mapping[str, Any], old: NDArray[np.float64] | None
) -> tuple[NDArray[np.float32], float]:
    """Return where the images start, as wide as the PCA is, and how fast UMAP may then move them."""
    assert given.vectors is not None  # noqa: S101 - asked for above
    if old is None or np.isfinite(old[:, 0]).sum() < SMALLEST:
        return _start_positions(given.vectors, parameters["seed"]), 1.0
    wide = old * 10 / max(float(np.ptp(old[np.isfinite(old[:, 0]), 0])), 1e-9)
    rate = REFIT_RATE if _is_same_map(given, parameters) else START_RATE
    return np.ascontiguousarray(_place_new(given, wide, parameters), np.float32), rate


def _is_same_map(given: LayoutInput, parameters: Mapping[str, Any]) -> bool:
    """Tell whether the map of before was made of the same model's vectors with the same parameters."""
    kept = given.previous.facts.get("fit", {}) if given.previous is not None else {}
    asked = {"fit": parameters["fit"]}  # only says that it is to be made anew
    return kept.get("space") == given.space and kept.get("parameters", {}) | asked == dict(parameters)


def _embed(
    given: LayoutInput,
    parameters: Mapping[str, Any],
    target: Target | str | None,
    start: NDArray[np.float32],
    rate: float,
) -> NDArray[np.float64]:
    assert given.neighbors is not None  # noqa: S101 - asked for above
    rows, distances = _knn_graph(given.neighbors, parameters["n_neighbors"])
    umap = load_umap()
    guided = target if isinstance(target, Target) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fixed seed warns of what is meant here
        # The vectors themselves are never touched: umap-learn copies what it is given several times over.
        fitted = umap.UMAP(
            n_neighbors=rows.shape[1],
            min_dist=min(parameters["min_dist"], 1.0),
            init=start,
            learning_rate=rate,
            precomputed_knn=(rows, distances),
            force_approximation_algorithm=True,
            random_state=parameters["seed"],
            n_jobs=1,
            target_metric="categorical",
            target_weight=parameters.get("target_weight", TARGET_WEIGHT),
        ).fit(start, y=guided.classes if guided else None)
    raw = np.asarray(fitted.embedding_, np.float64)
    # An image that the graph does not reach comes back as NaN: it keeps its start, beside the others.
    lost = ~np.isfinite(raw).all(axis=1)
    if lost.any():
        raw[lost] = start[lost]
    return raw


def _start_positions(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the PCA, the first axis 10 wide, every image a hair apart from every other."""
    basis = fit_basis(vectors)
    raw = basis.project(vectors) * (basis.explained > 0)
    raw *= 10 / max(float(np.ptp(raw[:, 0])), 1e-9) if basis.explained[0] > 0 else 0.0
    jitter = np.random.default_rng(seed).normal(scale=1e-3, size=raw.shape)
    return np.ascontiguousarray(raw + jitter, dtype=np.float32)


def _knn_graph(neighbors: Neighbors, n_neighbors: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return rows and cosine distances of the nearest, the image itself first, as umap-learn wants them."""
    n = len(neighbors)
    width = max(1, min(n_neighbors - 1, neighbors.rows.shape[1], n - 1))
    rows = neighbors.rows[:, :width]
    distances = np.clip(1 - neighbors.similarities[:, :width], 0, 2)
    itself = np.arange(n, dtype=np.int32)[:, None]
    # Where a row ends early the image itself stands in: an edge to oneself carries no weight.
    missing = rows < 0
    rows = np.where(missing, itself, rows)
    distances = np.where(missing, np.float32(0), distances)
    return (
        np.ascontiguousarray(np.hstack([itself, rows]), dtype=np.int32),
        np.ascontiguousarray(np.hstack([np.zeros((n, 1)), distances]), dtype=np.float32),
    )


SPEC = LayoutSpec(
    name="umap",
    title="Similarity",
    description="Images that are alike lie near each other.",
    needs=frozenset({"vectors", "neighbors", "previous"}),
    code_version="5",
    arrange=arrange_umap,
    keys=KEYS,
)
