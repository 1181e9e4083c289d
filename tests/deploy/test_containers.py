"""The image and the stack: what can be known of them without an engine that runs containers."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from deploy import compose_secrets
from deploy.local.postgres import PrivatePostgres
from deploy.packages import ROOT
from shared.messaging.topology import SERVICES
from shared.settings import HTTP_PORTS, Settings

STACK: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = STACK["services"]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def settings(service: str) -> type[Settings]:
    found = importlib.import_module(f"services.{service}.app")
    kinds = [kind for kind in vars(found).values() if isinstance(kind, type)]
    [mine] = [kind for kind in kinds if issubclass(kind, Settings) and kind is not Settings]
    return mine


def test_the_dockerfile_has_no_faults() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_starts_as_nobody_in_particular_and_tells_its_health() -> None:
    final = DOCKERFILE.read_text().rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in final
    assert "STOPSIGNAL SIGTERM" in final
    [healthcheck] = re.findall(r"HEALTHCHECK .*\n\s+CMD (\[.*\])", final)
    assert all(" " not in argument for argument in json.loads(healthcheck))


def test_every_service_has_an_extra_that_tells_its_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(SERVICES) <= set(project["optional-dependencies"])


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_locked_down(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["user"].partition(":")[0] not in {"", "0", "root"}
    assert {"mem_limit", "cpus", "pids_limit"} <= set(container)
    test = container["healthcheck"]["test"]
    assert test[0] == "CMD"
    assert all(" " not in argument for argument in test)
    assert ":latest" not in container["image"]
    for port in container.get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_broker_and_database_and_gets_its_own_secrets_only(
    service: str,
) -> None:
    container = CONTAINERS[service]
    waits = {name: wait["condition"] for name, wait in container["depends_on"].items()}
    assert waits == dict.fromkeys(("rabbitmq", "postgres"), "service_healthy")
    assert container["build"]["args"] == {"SERVICE": service}
    assert f"127.0.0.1:{HTTP_PORTS[service]}:8800" in container["ports"]
    fields = set(settings(service).model_fields)
    for variable in container["environment"]:
        name = variable.removeprefix(f"KITU_{service.upper()}_").removeprefix("KITU_").lower()
        assert variable == "KITU_SECRETS_DIR" or name in fields
    given = {name.removeprefix(f"kitu_{service}_") for name in container["secrets"]}
    needed = {n for n, field in settings(service).model_fields.items() if field.is_required()}
    assert needed <= given <= fields


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets") / "compose"
    compose_secrets.write(folder, ["10002"])
    return folder


def test_every_mounted_secret_is_made_and_can_be_read_by_an_unprivileged_user(
    secrets: Path,
) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    for name, secret in STACK["secrets"].items():
        file = secrets / Path(secret["file"]).name
        assert file.name == name
        assert file.stat().st_mode & 0o777 == 0o644
    assert (secrets / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_secrets_stay_the_same_when_they_are_made_again(secrets: Path) -> None:
    def contents() -> dict[str, str]:
        files = [file for file in secrets.iterdir() if file.name != "definitions.json"]
        return {file.name: file.read_text() for file in files}

    before = contents()
    compose_secrets.write(secrets, ["10002"])
    assert contents() == before


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_its_settings_in_the_secrets(
    secrets: Path, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITU_SECRETS_DIR", str(secrets))
    found = settings(service)()
    passwords = json.loads((secrets / "passwords.json").read_text())
    assert found.broker == f"amqp://{service}:{passwords[service]}@rabbitmq:5672/?heartbeat=15"
    assert found.database.startswith(f"postgresql+asyncpg://{service}:")
    assert found.user == service


async def test_a_service_may_enter_its_own_database_only(
    secrets: Path, postgres: PrivatePostgres
) -> None:
    server = postgres.url().replace("+asyncpg", "")
    place = server.rpartition("@")[2].partition("/")[0]
    demand = (secrets / "kitu_demand_database_url").read_text().replace("@postgres/", f"@{place}/")
    admin = await asyncpg.connect(server)
    for statement in (secrets / "databases.sql").read_text().splitlines():
        await admin.execute(statement)
    try:
        own = await asyncpg.connect(demand)
        assert await own.fetchval("SELECT current_user") == "demand"
        await own.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(f"{demand.rpartition('/')[0]}/membership")
    finally:
        for name in SERVICES:
            await admin.execute(f"DROP DATABASE {name}")
            await admin.execute(f"DROP ROLE {name}")
        await admin.close()
