"""compose.yaml gives no service more than it needs, and tells it what `make up` does."""

import configparser
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_privilege_it_does_not_need(name):
    service = SERVICES[name]
    assert service["user"] and service["read_only"] is True and service["init"] is True
    assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"] and service["pids_limit"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert all("docker.sock" not in volume for volume in service["volumes"])
    for key in ("command", "entrypoint"):
        assert isinstance(service.get(key, []), list)  # exec form: a shell would swallow the signal to stop


def test_only_search_is_published_and_on_loopback():
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"search"}
    assert SERVICES["search"]["ports"] == ["${NITARI_BIND:-127.0.0.1}:8000:8000"]


def test_photos_are_mounted_read_only():
    for name in ("search", "worker"):
        photos = [volume for volume in SERVICES[name]["volumes"] if ":/photos" in volume]
        assert photos and all(volume.endswith(":ro") for volume in photos)


def test_no_secret_is_written_down():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if any(word in name.lower() for word in ("password", "token", "secret", "key")):
                assert value == f"${{{name}:-}}"


@pytest.mark.parametrize(
    ("name", "ends_s"), [("search", 25), ("embedding", 25), ("worker", 20), ("redis", 5)]
)
def test_a_stop_waits_longer_than_the_longest_graceful_end(name, ends_s):
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > ends_s


@pytest.mark.parametrize("name", ["search", "embedding"])
def test_containers_and_processes_are_started_alike(name):
    config = configparser.RawConfigParser()
    config.read(ROOT / "supervisord.conf")
    local = config[f"program:{name}"]["command"].split()[1:]
    stages = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("FROM ")
    stage = next(stage for stage in stages if f" AS {name}\n" in stage)
    command = yaml.safe_load(stage.split("CMD ")[1].replace("\\\n", ""))[1:]
    different = {"127.0.0.1", "0.0.0.0", "8000", "8001"}
    assert [word for word in command if word not in different] == [
        word for word in local if word not in different and "%" not in word
    ]
