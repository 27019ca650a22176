"""The containers cannot be built in a test; their configuration can be read, and nginx can be run."""

import http.client
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.nginx import NGINX, nginx_conf, running_nginx
from tests.running_hub import ROOT, RunningHub, free_port

DOCKER = ROOT / "docker"


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


def test_every_variable_of_compose_is_in_the_example() -> None:
    named = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    offered = set(re.findall(r"^(\w+)=", (DOCKER / ".env.example").read_text(), re.MULTILINE))
    assert named == offered


def test_every_hub_variable_of_compose_is_read(compose: dict) -> None:
    source = "".join(path.read_text() for path in ROOT.glob("hub/**/*.py"))
    source += "".join(path.read_text() for path in ROOT.glob("models_app/evaluation/**/*.py"))
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            if name.startswith("HUB_"):
                assert f'"{name}"' in source, name


def test_targets_and_volumes_of_compose_exist(compose: dict) -> None:
    targets = set(re.findall(r"^FROM .* AS ([\w-]+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE))
    for service in compose["services"].values():
        if "build" in service:
            assert service["build"]["target"] in targets
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DOCKER / source).exists()


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    conf = nginx_conf(tmp_path, port=free_port(), hub="127.0.0.1:8000", data_dir=tmp_path)
    subprocess.run([NGINX, "-e", "stderr", "-t", "-q", "-c", str(conf)], check=True)


@pytest.mark.slow
def test_nginx_passes_addresses_on_as_they_are_and_hides_what_is_internal(
    hub_server: RunningHub, tmp_path: Path
) -> None:
    (hub_server.data_dir / "objects" / "lfs").mkdir(parents=True, exist_ok=True)
    (hub_server.data_dir / "objects" / "lfs" / "secret").write_text("secret")
    port = free_port()
    direct = hub_server.url.removeprefix("http://")
    with running_nginx(tmp_path, port=port, hub=direct, data_dir=hub_server.data_dir):
        proxied = f"127.0.0.1:{port}"
        assert _get(proxied, "/healthz")[0] == 200
        for path in ("/api/models/no/body/revision/refs%2Fpr%2F1", "//api//models", "/no/body/resolve/main/a%2Fb%20c"):
            assert _get(proxied, path) == _get(direct, path), path
        assert _get(proxied, "/_objects/lfs/secret")[0] == 404
        assert _get(proxied, "/metrics")[0] == 404


def _get(address: str, path: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("X-Error-Code")
