"""The graph as Dagster sees it: assets, checks, automation, resources. The only rooms that know Dagster."""
