"""compose.yaml gives no service more than it needs, and tells it what `make up` does."""

import configparser
from pathlib import Path

import pytest
import yaml

from services.embedding.app import ROOM as EMBEDDING_ROOM
from services.search.app import ROOM as SEARCH_ROOM
from shared.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE, GPU = (
    yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("compose.yaml", "compose.gpu.yaml")
)
SERVICES = COMPOSE["services"]
BINDS = {"/data", "/photos"}
GREEDY = {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "userns_mode"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_privilege_it_does_not_need(name):
    service = SERVICES[name]
    assert service["user"] and service["read_only"] is True and service["init"] is True
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"]
    assert service["security_opt"] == ["no-new-privileges:true"] and not (GREEDY - {"security_opt"}) & set(
        service
    )
    assert {volume["target"] for volume in service["volumes"]} <= BINDS
    assert not any(volume["bind"]["create_host_path"] for volume in service["volumes"])
    for key in ("command", "entrypoint"):
        assert isinstance(service.get(key, []), list)  # exec form: a shell would swallow the signal to stop


def test_only_search_is_published_and_on_loopback_and_curves_for_who_asks():
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    assert published == {"search", "tensorboard"}
    assert SERVICES["tensorboard"]["ports"] == ["127.0.0.1:6006:6006"]
    assert SERVICES["tensorboard"]["profiles"] == ["tensorboard"]
    assert SERVICES["search"]["ports"] == ["${NITARI_BIND:-127.0.0.1}:${NITARI_PORT:-8000}:8000"]


def test_what_reads_photos_has_no_way_out_but_to_who_asks():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"init", "search", "tensorboard"}


def test_photos_are_mounted_read_only_and_embedding_reads_all():
    mounts = [(name, volume) for name, service in SERVICES.items() for volume in service["volumes"]]
    photos = {name for name, volume in mounts if volume["target"] == "/photos" and volume["read_only"]}
    assert (
        photos == {name for name, volume in mounts if volume["target"] == "/photos"} == {"search", "worker"}
    )
    assert all(volume.get("read_only") for name, volume in mounts if name in ("embedding", "tensorboard"))


def test_no_secret_is_written_down():
    secrets = 0
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if name.lower().endswith(("password", "token", "secret", "key")):
                secrets += 1
                assert value == f"${{{name}:-}}"
    assert secrets == 2  # the API key, of init and search


def test_every_setting_reaches_the_services_it_is_for():
    own = {"redis_url", "internal_token"}  # init makes them
    access = {"bind", "api_key", "root_path", "title", "links", "copyright", "page_items", "page_matches"}
    access |= {"keyword_fields", "same_field", "watch", "watch_s"}
    for name in ("init", "embedding", "search", "worker"):
        wanted = set(Settings.model_fields) - own - (set() if name in ("init", "search") else access)
        given = set(SERVICES[name]["environment"])
        assert {f"NITARI_{field.upper()}" for field in wanted} == {
            one for one in given if one[:7] == "NITARI_"
        }
    assert all(service["environment"]["TZ"] == "${NITARI_TIMEZONE:-UTC}" for service in SERVICES.values())


def test_proxies_are_for_what_is_fetched_from_outside():
    proxies = set(COMPOSE["x-proxies"])
    for name, service in SERVICES.items():
        assert name == "redis" or proxies <= set(service["build"]["args"])
        assert (proxies <= set(service["environment"])) == (name == "init")


@pytest.mark.parametrize(("name", "room"), [("search", SEARCH_ROOM), ("embedding", EMBEDDING_ROOM)])
def test_uploads_fit_into_tmp(name, room):
    (tmp,) = SERVICES[name]["tmpfs"]
    assert int(tmp.removeprefix("/tmp:size=").removesuffix("m")) * 1024 * 1024 > room


def test_a_gpu_changes_the_image_and_its_size_and_no_privilege():
    assert set(GPU["services"]) == {"init", "embedding", "worker"}
    for name, service in GPU["services"].items():
        assert service["build"] == {"args": {"TENSORFLOW": "gpu"}} and service["image"].endswith("-gpu")
        assert set(service) <= {"build", "image", "deploy", "tmpfs", "mem_limit"}
        device = {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
        reserved = service.get("deploy", {"resources": {"reservations": {"devices": []}}})
        assert reserved["resources"]["reservations"]["devices"] == ([] if name == "init" else [device])


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
