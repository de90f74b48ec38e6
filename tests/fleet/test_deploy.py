"""What deploy/ ships is what Dagster takes: by its own schemas, and by what must agree between the files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema

from clipplot_pipeline.defs.pools import POOLS
from clipplot_pipeline.settings import FILE_NAME, load_settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
MODULE = "clipplot_pipeline.definitions"


def read(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["ray/dagster.yaml", "systemd/dagster.yaml"])
def test_dagster_takes_the_instances(path: str) -> None:
    config = read(path)
    checked = validate_config(dagster_instance_config_schema(), config)
    assert checked.success, checked.errors
    assert config["storage"]["postgres"]["postgres_url"] == {"env": "DAGSTER_PG_URL"}
    assert config["telemetry"] == {"enabled": False}
    assert config["concurrency"]["pools"] == {"granularity": "run", "default_limit": 1}
    assert config["run_retries"]["enabled"] is config["run_monitoring"]["enabled"] is True


def test_the_ray_launcher_takes_its_block() -> None:
    launcher = pytest.importorskip("clipplot_pipeline.defs.ray_launcher", reason="the extra ray is missing")
    block = read("ray/dagster.yaml")["run_launcher"]
    assert (block["module"], block["class"]) == (launcher.__name__, launcher.PoolRayRunLauncher.__name__)
    schema = launcher.PoolRayRunLauncher.config_type()
    checked = validate_config(schema, block["config"])
    assert checked.success, checked.errors
    assert block["config"]["ray"]["num_cpus"] > 0
    assert set(block["config"]["pools"]) <= set(POOLS)
    block["config"]["pools"]["gpu"]["gpus"] = 1
    assert not validate_config(schema, block["config"]).success


def test_of_several_pools_the_largest_need_holds() -> None:
    launcher = pytest.importorskip("clipplot_pipeline.defs.ray_launcher", reason="the extra ray is missing")
    pools = {"gpu": {"num_cpus": 2, "num_gpus": 0.5}, "decode": {"num_cpus": 4}}
    assert launcher.choose_needs(pools, {"gpu", "decode"}) == {"num_cpus": 4, "num_gpus": 0.5}
    assert launcher.choose_needs(pools, {"decode"}) == {"num_cpus": 4}
    assert launcher.choose_needs(pools, {"scan"}) == {}


def test_the_kubernetes_launcher_takes_its_block() -> None:
    launcher = pytest.importorskip("clipplot_pipeline.defs.kubernetes_launcher")
    job = pytest.importorskip("dagster_k8s.job")
    values = read("kubernetes/values.yaml")
    assert values["runLauncher"]["type"] == "CustomRunLauncher"
    block = values["runLauncher"]["config"]["customRunLauncher"]
    assert (block["module"], block["class"]) == (launcher.__name__, launcher.PoolK8sRunLauncher.__name__)
    schema = launcher.PoolK8sRunLauncher.config_type()
    checked = validate_config(schema, block["config"])
    assert checked.success, checked.errors
    assert set(block["config"]["pools"]) <= set(POOLS)
    for pool in block["config"]["pools"].values():
        assert validate_config(job.USER_DEFINED_K8S_JOB_CONFIG_SCHEMA, pool).success
        # Kubernetes' own models: a misspelt field is an error here, not in a pod that never starts.
        job.UserDefinedDagsterK8sConfig.from_dict(pool)
    wanted = launcher.choose_pod(block["config"]["pools"], {"gpu"})
    assert wanted["container_config"]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert wanted["pod_spec_config"]["node_selector"]
    assert launcher.choose_pod(block["config"]["pools"], {"scan"}) == {}


def test_a_pod_for_the_gpu_is_a_pod_that_kubernetes_knows() -> None:
    job = pytest.importorskip("dagster_k8s.job")
    block = read("kubernetes/values.yaml")["runLauncher"]["config"]["customRunLauncher"]["config"]
    made = job.construct_dagster_k8s_job(
        job.DagsterK8sJobConfig(job_image="clipplot:1", dagster_home=block["dagster_home"]),
        ["dagster", "api", "execute_run"],
        "clipplot-run",
        job.UserDefinedDagsterK8sConfig.from_dict(block["pools"]["gpu"]),
    ).to_dict()
    pod = made["spec"]["template"]["spec"]
    assert pod["node_selector"] == block["pools"]["gpu"]["pod_spec_config"]["node_selector"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_the_values_agree_with_image_and_collection(tmp_path: Path) -> None:
    values = read("kubernetes/values.yaml")
    (location,) = values["dagster-user-deployments"]["deployments"]
    image = {"repository": location["image"]["repository"], "tag": location["image"]["tag"]}
    for part in ("dagsterDaemon", "dagsterWebserver"):
        assert image.items() <= values[part]["image"].items()  # the launcher's class is in it
    assert location["dagsterApiGrpcArgs"] == ["--module-name", MODULE]
    collection = read("kubernetes/collection.yaml")
    mounted = {volume["name"]: volume for volume in location["volumes"]}
    assert mounted["collection"]["configMap"]["name"] == collection["metadata"]["name"]
    (mount,) = [m for m in location["volumeMounts"] if m["name"] == "collection"]
    (project,) = [variable["value"] for variable in location["env"] if variable["name"] == "CLIPPLOT_PROJECT"]
    assert mount["mountPath"] == project
    (tmp_path / FILE_NAME).write_text(collection["data"][FILE_NAME], encoding="utf-8")
    assert load_settings(tmp_path).slug == "archive"
    assert values["ingress"] == {"enabled": False}


def test_no_secret_is_written_anywhere() -> None:
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"(?i)(password|secret_access_key|token)\s*[:=]\s*['\"]?[^\s'\"{<]+", text
            ), path
            assert not re.search(r"postgresql\+psycopg2://(?!user:password@host|…)", text), path


def test_the_dockerfile_is_sound() -> None:
    lines = (DEPLOY / "kubernetes" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    images = [line.split()[1] for line in told if line.startswith("FROM ")]
    assert all(":" in image and not image.endswith(":latest") for image in images)
    user = [line.split()[1] for line in told if line.startswith("USER ")]
    assert user
    assert user[-1].isdigit()
    assert int(user[-1]) > 0
    (command,) = [line for line in told if line.startswith("CMD ")]
    assert command.startswith('CMD ["')
    assert f'"{MODULE}"' in command
    assert not any(line.startswith(("ADD ", "RUN sudo")) or "curl" in line for line in told)
    ignored = (DEPLOY / "kubernetes" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    for needed in ("clipplot_pipeline", "viewer_template", "pyproject.toml", "hatch_build.py", "README.md"):
        assert f"!{needed}" in ignored


def test_units_agree_with_each_other() -> None:
    units = {path.stem: path.read_text(encoding="utf-8") for path in (DEPLOY / "systemd").glob("*.service")}
    assert set(units) == {"clipplot-code", "clipplot-daemon", "clipplot-web", "clipplot-onlookers"}
    (server,) = read("systemd/workspace.yaml")["load_from"]
    assert f"--port {server['grpc_server']['port']} " in units["clipplot-code"]
    assert f"--module-name {MODULE}" in units["clipplot-code"]
    for name, unit in units.items():
        assert "User=clipplot" in unit
        assert "EnvironmentFile=/etc/clipplot/environment" in unit
        assert not re.search(r"--host (?!127\.0\.0\.1)", unit), f"{name} listens to the network"
        for section in ("[Unit]", "[Service]", "[Install]"):
            assert section in unit
    assert "--read-only" in units["clipplot-onlookers"]
