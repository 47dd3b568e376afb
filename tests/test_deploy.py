"""What deploy/, the Dockerfile and the wheel promise: nothing of the knowledge is missing, nobody is root, little may be written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import errors, settings
from bot.service import http
from bot.setting_sources import load
from bot.settings import Config, Knowledge

ROOT = Path(__file__).parent.parent


def test_a_wheel_has_all_of_the_knowledge() -> None:
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["data-files"]
    there = {path for base in ("knowledge", "knowledge/es") for path in (ROOT / base).glob("*/*.yaml")}
    there = {path for path in there | {*(ROOT / "knowledge").glob("*.yaml")} if path.parent.name != "schema"}
    assert {path for patterns in globs.values() for each in patterns for path in ROOT.glob(each)} == there
    for target, (pattern,) in globs.items():
        assert target == "share/immunobot/" + pattern.removesuffix("/*.yaml")


def test_the_knowledge_of_a_wheel_is_found_unless_another_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "share/knowledge").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path / "site-packages")
    monkeypatch.setattr(settings, "INSTALLED", tmp_path / "share")
    assert Config().shipped_path() == tmp_path / "share/knowledge"
    assert Config(knowledge=Knowledge(path="of-mine")).shipped_path() == Path("of-mine"), "told as missing"
    (tmp_path / "empty/knowledge").mkdir()
    assert Config().shipped_path() == Path("knowledge")


DEPLOY = ROOT / "deploy"


def test_the_service_may_do_little_more_than_reach_discord_and_write_its_folder() -> None:
    if not (tool := shutil.which("systemd-analyze")):
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing; .ci/run installs it")
        pytest.skip("needs systemd-analyze")
    command = [tool, "security", "--offline=true", "--threshold=15", str(DEPLOY / "immunobot.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "--offline" in done.stderr or "--threshold" in done.stderr:
        pytest.skip("needs systemd 250 or newer")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_needs_a_person_is_not_started_again() -> None:
    unit = (DEPLOY / "immunobot.service").read_text(encoding="utf-8")
    (statuses,) = re.findall(r"^RestartPreventExitStatus=(.+)$", unit, re.MULTILINE)
    assert {int(each) for each in statuses.split()} == {
        errors.USAGE, errors.BAD_KNOWLEDGE, errors.BAD_DATABASE, errors.REFUSED, errors.BAD_CONFIG
    }  # fmt: skip
    assert str(errors.UNREACHABLE) not in statuses


def test_the_container_runs_as_nobody_in_particular_and_writes_its_folder_alone() -> None:
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["./immunobot:/home/immunobot"]
    assert "ports" not in service
    steps = [
        line.split(maxsplit=1)
        for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line[:1].isupper()
    ]
    assert [rest for word, rest in steps if word == "USER"] == ["10001"] == [service["user"]]
    (check,) = [rest for word, rest in steps if word == "HEALTHCHECK"]
    (environment,) = [rest for word, rest in steps if word == "ENV"]
    assert "'127.0.0.1', 9464" in check
    assert "'/healthz'" in check
    assert "IMMUNOBOT_SERVICE__PORT=9464" in environment


def test_bots_over_http_are_held_as_the_one_bot_is_and_caddy_alone_is_reached() -> None:
    services = yaml.safe_load((DEPLOY / "compose.http.yaml").read_text(encoding="utf-8"))["services"]
    (alone,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    bot = services["immunobot"]
    for held in ("user", "read_only", "cap_drop", "security_opt", "tmpfs", "mem_limit", "pids_limit", "restart"):
        assert bot[held] == alone[held]
    assert bot["deploy"]["replicas"] == 2
    assert all(each.endswith(":ro") for each in bot["volumes"]), "no folder is shared"
    assert [name for name, each in services.items() if "ports" in each] == ["caddy"]
    assert settings_of(bot["environment"]).discord.mode == "http"
    mounted = {each.split(":")[1] for each in bot["volumes"]}
    assert {value for key, value in bot["environment"].items() if key.endswith("_FILE")} == mounted
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert re.search(r"reverse_proxy /interactions \{\s+dynamic a immunobot 8080 ", caddy)


def settings_of(environment: dict[str, str]) -> Config:
    """Return the settings of an environment, without its secrets."""
    return load(None, {key: str(value) for key, value in environment.items() if not key.endswith("_FILE")})


KUBERNETES = DEPLOY / "kubernetes"


def manifests() -> dict[str, Any]:
    """Return what is in deploy/kubernetes, by its kind."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(KUBERNETES.glob("*.yaml"))]
    return {each["kind"]: each for each in found}


def test_kubernetes_takes_the_manifests_as_they_are() -> None:
    try:
        from kubernetes_validate import latest_version, validate
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("kubernetes-validate is missing; .ci/run installs it")
        pytest.skip("needs kubernetes-validate, 100 MB of Kubernetes' schemas: pip install kubernetes-validate")
    made = manifests()
    parts = made.pop("Kustomization")
    assert len(made) == len(parts["resources"])
    for each in made.values():
        validate(each, latest_version(), strict=True)


def test_the_manifests_fit_together_and_the_bot() -> None:
    made = manifests()
    parts, pod = made["Kustomization"], made["Deployment"]["spec"]["template"]
    assert {*parts["resources"], "kustomization.yaml"} == {path.name for path in KUBERNETES.glob("*.yaml")}
    (container,) = pod["spec"]["containers"]
    assert container["image"] in [image["name"] for image in parts["images"]]
    environment = {each["name"]: each["value"] for each in container["env"]}
    environment |= dict(each.split("=") for each in parts["configMapGenerator"][0]["literals"])
    config = settings_of(environment)
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert (config.discord.mode, config.http.port) == ("http", ports["interactions"])
    assert f"IMMUNOBOT_SERVICE__PORT={ports['service']}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (secrets,) = [each["mountPath"] for each in container["volumeMounts"] if each["name"] == "secrets"]
    files = {f"{secrets}/{Path(each).name}" for each in parts["secretGenerator"][0]["files"]}
    assert {value for key, value in environment.items() if key.endswith("_FILE")} == files
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")]
    assert [each["path"] for each in probes] == ["/readyz", "/readyz", "/healthz"]
    (service,) = made["Service"]["spec"]["ports"]
    (path,) = made["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert (service["targetPort"], path["path"], path["backend"]["service"]["port"]["name"]) == (
        "interactions", http.PATH, service["name"],
    )  # fmt: skip
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    for selector in ("Deployment", "PodDisruptionBudget"):
        assert made[selector]["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert made["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_every_rule_of_alerts_says_what_to_do() -> None:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["annotations"].keys() == {"summary", "do"}
        assert rule["labels"]["severity"] in ("page", "ticket")
