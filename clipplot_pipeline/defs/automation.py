"""When an asset is asked for: one declarative condition for all, and the sensor that evaluates it.

Conditions are the trigger, never the truth: a body asks the ledger whether there is anything to do.
"""

import operator
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.freshness import site_freshness
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.graph import INVENTORY, SITE, Node, everything_above
from clipplot_pipeline.settings import Settings

#: How often the sensor looks: a look costs half a second of one core.
TICK_S = 5


def on_change(
    upstream: Iterable[dg.AssetKey], confirmed: dg.AssetKey | None = None, *, is_last: bool = False
) -> dg.AutomationCondition[dg.AssetKey]:
    """Return the condition of an asset that is not the root.

    Asked for when missing (level-triggered: partitions that exist at the first tick count) or when a dependency's
    content or the own code and settings changed; not while anything it needs is missing, nor while anything upstream,
    however far, is in the making or asked for in the same tick. So change runs down the graph level by level, and
    the site is made once, of parts that fit: looking at direct inputs alone, `atlases` would be asked for as soon as
    the catalog changed, before the layout between them has followed.

    Parameters
    ----------
    upstream : iterable of dagster.AssetKey
        Everything that the asset is made of, however far up. Naming each once costs a tick one look an asset;
        nesting `any_deps_match` would cost it one look a path, of which there are hundreds.
    confirmed : dagster.AssetKey, optional
        Asked for after every materialization of this asset, too, changed or not.
    is_last : bool
        Whether to wait until a second look finds that nothing upstream is busy. A look takes the events up to its
        beginning, and runs as they are when it comes to them: of a run that ends in between it sees neither, asks for
        what hangs on the rest, and the next look asks once more, for a run that finds nothing to do. The last asset
        hangs on so many that this would happen now and then.
    """
    condition: Any = dg.AutomationCondition
    is_missing = (
        condition.missing() & ~condition.execution_failed() & condition.any_deps_match(~condition.missing())
    )
    changes = condition.any_deps_match(condition.data_version_changed()) | condition.code_version_changed()
    if confirmed is not None:
        changes |= condition.asset_matches(confirmed, condition.newly_updated())
    has_changed = changes.since_last_handled()
    is_busy = condition.will_be_requested() | condition.in_progress()
    is_settled = ~reduce(operator.or_, (condition.asset_matches(key, is_busy) for key in upstream))
    if is_last:
        is_settled = is_settled & ~is_settled.newly_true()
    asked: dg.AutomationCondition[dg.AssetKey] = (
        (is_missing | has_changed) & ~condition.any_deps_missing() & ~condition.in_progress() & is_settled
    ).with_label("on change")
    return asked


def add_condition(spec: dg.AssetSpec, settings: Settings, graph: Mapping[str, Node]) -> dg.AssetSpec:
    """Return the spec of an asset with its condition; the root and what is external have none."""
    name = spec.key.path[-1]
    if name not in graph or name == INVENTORY:
        return spec
    above = [asset_key(settings, other) for other in everything_above(graph, name)]
    policy = site_freshness(settings) if name == SITE else None
    if policy is None:
        return spec.replace_attributes(automation_condition=on_change(above, is_last=name == SITE))
    # A site that nothing changes is never made anew, and would count as old: every scan confirms it, at the end.
    condition = on_change(above, confirmed=asset_key(settings, INVENTORY), is_last=True)
    return spec.replace_attributes(automation_condition=condition, freshness_policy=policy)


def automation_sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    """Return the sensor that evaluates the conditions of one collection, running from the start."""
    return dg.AutomationConditionSensorDefinition(
        name=f"{settings.slug}__automation",
        target=dg.AssetSelection.key_prefixes([settings.slug]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=TICK_S,
        description="Carries every change on to the site: asks for what is missing and for what really changed.",
    )
