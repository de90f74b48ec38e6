"""Runs as jobs of a Ray cluster: dagster-ray's launcher, told what a run needs by the pools it draws on.

Belongs here: how many CPUs and GPUs a run asks Ray for. Does not belong here: which asset is in which pool (``graph``),
how many runs of a pool work at once (the instance's pool limits). The only module that knows Ray; ``dagster.yaml``
names it, nothing imports it.
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.launcher import LaunchRunContext
from dagster._serdes import ConfigurableClassData
from dagster_ray import RayRunLauncher

#: The run tag that dagster-ray reads; one set by hand wins over the pools.
TAG = "dagster-ray/config"
NEEDS = ("num_cpus", "num_gpus", "memory")


class PoolRayRunLauncher(RayRunLauncher):
    """Launches each run as a Ray job that asks for what the pools of the run need.

    Parameters
    ----------
    pools : mapping of str to mapping, optional
        By pool: ``num_cpus``, ``num_gpus``, ``memory`` (bytes). Of several pools the largest of each holds.
    inst_data : ConfigurableClassData, optional
        Dagster's own.
    **ray
        See ``dagster_ray.RayRunLauncher``: what a run asks for whose pools say nothing.
    """

    def __init__(
        self,
        pools: Mapping[str, Mapping[str, float]] | None = None,
        inst_data: ConfigurableClassData | None = None,
        **ray: Any,
    ) -> None:
        super().__init__(inst_data=inst_data, **ray)
        self.pools = pools or {}

    @classmethod
    def config_type(cls) -> Any:
        """Return the schema: dagster-ray's, and the pools."""
        number = dg.Field(dg.Noneable(float), is_required=False)
        needs = dg.Field(dg.Map(str, dg.Shape(dict.fromkeys(NEEDS, number))), is_required=False)
        base: Any = super().config_type()
        return {**base, "pools": needs}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "PoolRayRunLauncher":
        """Return the launcher that a ``dagster.yaml`` describes."""
        return cls(inst_data=inst_data, pools=config_value.get("pools"), **config_value["ray"])

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run, with its needs as a tag, where one sees them in the UI."""
        run = context.dagster_run
        drawn = run.run_op_concurrency.all_pools if run.run_op_concurrency else None
        needs = choose_needs(self.pools, drawn or ())
        if needs and TAG not in run.tags:
            tags = {TAG: json.dumps(needs)}
            self._instance.add_run_tags(run.run_id, tags)
            context = LaunchRunContext(run.with_tags({**run.tags, **tags}), context.workspace)
        super().launch_run(context)


def choose_needs(pools: Mapping[str, Mapping[str, float]], drawn: Any) -> dict[str, float]:
    """Return what a run needs that draws on some pools: of each kind the largest, kinds sorted."""
    said = [pools[pool] for pool in drawn if pool in pools]
    needs = {kind: max((one.get(kind) or 0 for one in said), default=0) for kind in NEEDS}
    return {
        kind: int(value) if float(value).is_integer() else value
        for kind, value in sorted(needs.items())
        if value
    }
