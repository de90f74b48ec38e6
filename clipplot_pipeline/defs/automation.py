"""When an asset is asked for: one declarative condition for all, and the sensor that evaluates it.

Conditions are the trigger, never the truth: a body asks the ledger whether there is anything to do.
"""

from typing import Any

import dagster as dg

from clipplot_pipeline.settings import Settings

#: How often the sensor looks.
TICK_S = 5
#: Steps of the longest way through the graph, from `inventory` to `site`.
DEPTH = 7


def on_change() -> dg.AutomationCondition:  # type: ignore[type-arg]
    """Return the condition of every asset but the root.

    Asked for when missing (level-triggered: partitions that exist at the first tick count) or when a dependency's
    content or the own code and settings changed; not while anything it needs is missing, nor while anything upstream,
    however far, is in the making or asked for in the same tick. So change runs down the graph level by level, and
    the site is made once, of parts that fit: looking at direct inputs alone, `atlases` would be asked for as soon as
    the catalog changed, before the layout between them has followed.
    """
    condition: Any = dg.AutomationCondition
    is_missing = (
        condition.missing() & ~condition.execution_failed() & condition.any_deps_match(~condition.missing())
    )
    has_changed = (
        condition.any_deps_match(condition.data_version_changed()) | condition.code_version_changed()
    ).since_last_handled()
    asked: dg.AutomationCondition = (  # type: ignore[type-arg]
        (is_missing | has_changed)
        & ~condition.any_deps_missing()
        & ~_anywhere_upstream(condition.will_be_requested() | condition.in_progress())
        & ~condition.in_progress()
    ).with_label("on change")
    return asked


def _anywhere_upstream(condition: Any) -> Any:
    """Return a condition that holds where another holds for anything upstream, up to `DEPTH` steps away."""
    found = condition
    for _ in range(DEPTH - 1):
        found = condition | dg.AutomationCondition.any_deps_match(found)
    return dg.AutomationCondition.any_deps_match(found)


def automation_sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    """Return the sensor that evaluates the conditions of one collection, running from the start."""
    return dg.AutomationConditionSensorDefinition(
        name=f"{settings.slug}__automation",
        target=dg.AssetSelection.key_prefixes([settings.slug]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=TICK_S,
        description="Carries every change on to the site: asks for what is missing and for what really changed.",
    )
