"""Runs as jobs of Kubernetes: Dagster's launcher, told what a run needs by the pools it draws on.

Belongs here: which GPUs, nodes and memory a run's pod asks for. Does not belong here: which asset is in which pool
(``graph``). The only module that knows dagster-k8s; the values of the Helm chart name it, nothing imports it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
from dagster._core.launcher import LaunchRunContext
from dagster._serdes import ConfigurableClassData
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import UserDefinedDagsterK8sConfig

#: The run tag that dagster-k8s reads; one set by hand wins over the pools.
TAG = "dagster-k8s/config"


class PoolK8sRunLauncher(K8sRunLauncher):
    """Launches each run as a Kubernetes job whose pod is as the pools of the run want it.

    Parameters
    ----------
    pools : mapping of str to mapping, optional
        By pool what the tag ``dagster-k8s/config`` may hold: ``container_config``, ``pod_spec_config`` …
    inst_data : ConfigurableClassData, optional
        Dagster's own.
    **kubernetes
        See ``dagster_k8s.K8sRunLauncher``.
    """

    def __init__(
        self,
        pools: Mapping[str, Mapping[str, Any]] | None = None,
        inst_data: ConfigurableClassData | None = None,
        **kubernetes: Any,
    ) -> None:
        super().__init__(inst_data=inst_data, **kubernetes)
        self.pools = pools or {}
        for wanted in self.pools.values():
            UserDefinedDagsterK8sConfig.from_dict(
                dict(wanted)
            )  # wrong ones fail as Dagster starts, not run by run

    @classmethod
    def config_type(cls) -> Any:
        """Return the schema: dagster-k8s's, and the pools."""
        base: Any = super().config_type()
        return {**base, "pools": dg.Field(dg.Map(str, dg.Permissive()), is_required=False)}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "PoolK8sRunLauncher":
        """Return the launcher that the values of the chart describe."""
        return cls(inst_data=inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run, with what its pod is to be as a tag, where one sees it in the UI."""
        run = context.dagster_run
        drawn = run.run_op_concurrency.all_pools if run.run_op_concurrency else None
        wanted = choose_pod(self.pools, drawn or ())
        if wanted and TAG not in run.tags:
            tags = {TAG: json.dumps(wanted)}
            self._instance.add_run_tags(run.run_id, tags)
            context = LaunchRunContext(run.with_tags({**run.tags, **tags}), context.workspace)
        super().launch_run(context)


def choose_pod(pools: Mapping[str, Mapping[str, Any]], drawn: Iterable[str]) -> dict[str, Any]:
    """Return what the first pool (by name) that says something wants; runs draw on one pool as a rule."""
    said = [pools[pool] for pool in sorted(drawn) if pool in pools]
    return dict(said[0]) if said else {}
