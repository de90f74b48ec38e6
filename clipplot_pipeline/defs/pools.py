"""Pools: how many runs of a kind work at once.

Belongs here: the limits that an instance begins with. Does not belong here: which asset is in which pool (``graph``).
"""

import dagster as dg

#: Runs that may hold a pool at once. Set on the instance itself: a default limit alone lets the first batch through.
POOLS = {"scan": 1, "decode": 1, "gpu": 1}


def prepare_pools(instance: dg.DagsterInstance) -> None:
    """Set the limit of every pool that has none yet; a limit set by hand stays.

    Whoever opens an instance does so, and ``inventory`` before it cuts shards: so the limits hold from the first
    shard on wherever Dagster is started without clipplot's command line.
    """
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    limited = {pool.name for pool in storage.get_pool_limits()}
    for pool, limit in POOLS.items():
        if pool not in limited:
            storage.set_concurrency_slots(pool, limit)
