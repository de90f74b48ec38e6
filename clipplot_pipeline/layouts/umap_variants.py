"""Maps of similarity beside the one that ``umap`` makes: other numbers, or guided by the table.

Belongs here: the specs of such maps. Does not belong here: making them (``umap``), how settings spell them
(``clipplot_pipeline.variants``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from clipplot_pipeline.layouts.spec import LayoutSpec
from clipplot_pipeline.layouts.umap import arrange_umap
from clipplot_pipeline.variants import Variant


def guide(spec: LayoutSpec, target: str) -> LayoutSpec:
    """Return the spec of a map of similarity that is guided by a field; as it was, if there is none."""
    if not target:
        return spec
    described = (
        f"Images that are alike lie near each other; those of the same {target!r} were drawn together."
    )
    return replace(
        spec,
        description=described,
        needs=spec.needs | {"fields"},
        keys=(*spec.keys, "target_weight"),
    )


def vary(spec: LayoutSpec, variant: Variant, target: str) -> LayoutSpec:
    """Return the spec of a variant.

    Parameters
    ----------
    spec : LayoutSpec
        Of the map of similarity, not guided.
    variant : Variant
    target : str
        What the map itself is guided by, for variants that do not say it.
    """
    guided = guide(spec, target if variant.target is None else variant.target)
    made = []
    if variant.n_neighbors is not None:
        made.append(f"looking at {variant.n_neighbors} neighbours of each")
    if variant.min_dist is not None:
        made.append(f"at least {variant.min_dist:g} apart")
    return replace(
        guided,
        name=variant.name,
        title=variant.label,
        description=" ".join([guided.description.rstrip("."), f"({', '.join(made)})."])
        if made
        else guided.description,
        needs=guided.needs | {"primary"},
        arrange=partial(arrange_umap, name=variant.name, is_variant=True),
        section=spec.name,
        overrides=variant.overrides,
    )
