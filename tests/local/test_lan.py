import argparse
import dataclasses
import io
import json
import socket

import pytest
from rich.console import Console

from local.lan import own_address, say_address, seen_address
from local.ports import free_port
from local.state import LOOPBACK, State

EVERYWHERE = "0.0.0.0"


@pytest.fixture
def last() -> State:
    return dataclasses.replace(State.new(), search_port=8000)


def test_a_state_of_before_hosts_is_read(tmp_path):
    old = {"search_port": 8000, "embedding_port": 8001, "redis_port": 6379, "redis_password": "a"}
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(old | {"internal_token": "b", "photos": None}))
    state = State.read(file)
    assert state.url == "http://127.0.0.1:8000" and not state.is_open and state.api_key == ""


@pytest.mark.parametrize(
    ("host", "url", "is_open"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", False),
        ("0.0.0.0", "http://127.0.0.1:8000", True),
        ("192.168.1.5", "http://192.168.1.5:8000", True),
        ("::", "http://[::1]:8000", True),
        ("::1", "http://[::1]:8000", False),
        ("fd00::2", "http://[fd00::2]:8000", True),
    ],
)
def test_this_machine_finds_what_listens(last, host, url, is_open):
    state = dataclasses.replace(last, host=host)
    assert (state.url, state.is_open) == (url, is_open)


def test_a_host_beyond_this_machine_gets_a_key_and_keeps_it(last):
    opened = last.wanted(None, EVERYWHERE, "", running=True)
    assert len(opened.api_key) >= 32 and opened.environment()["NITARI_API_KEY"] == opened.api_key
    assert opened.environment()["NITARI_BIND"] == EVERYWHERE
    closed = opened.wanted(None, LOOPBACK, "", running=True)
    assert (closed.host, closed.api_key) == (LOOPBACK, "")
    assert closed.wanted(None, EVERYWHERE, "", running=False).api_key == opened.api_key


def test_the_owners_own_key_comes_first(last):
    opened = last.wanted(None, EVERYWHERE, "mine", running=False)
    assert (opened.api_key, opened.made_key) == ("mine", "")
    assert opened.wanted(None, EVERYWHERE, "", running=True) == opened  # it runs with it
    assert opened.wanted(None, EVERYWHERE, "", running=False).api_key not in ("", "mine")
    assert last.wanted(None, LOOPBACK, "mine", running=False).api_key == "mine"


def test_without_a_host_it_stays_where_it_runs_and_starts_on_this_machine(last):
    opened = last.wanted(None, EVERYWHERE, "", running=False)
    assert opened.wanted(None, None, "", running=True) == opened
    assert opened.wanted(None, None, "", running=False).host == LOOPBACK


def test_what_changes_is_said(last, tmp_path):
    assert last.changes(last) == []
    opened = last.wanted(tmp_path, EVERYWHERE, "", running=True)
    assert last.changes(opened) == [f"The photo folder is {tmp_path} now", "Search listens on 0.0.0.0 now"]
    other = opened.wanted(None, EVERYWHERE, "another", running=True)
    assert opened.changes(other) == ["The key is another one now"]


@pytest.mark.parametrize("text", ["127.0.0.1", "0.0.0.0"])
def test_an_address_of_this_machine_is_taken(text):
    assert own_address(text) == text


@pytest.mark.parametrize(
    "text", ["", "shop", "localhost", "198.51.100.7", "224.0.0.1", "127.0.0.1:80", "1.2.3"]
)
def test_any_other_address_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no address of this machine"):
        own_address(text)


def test_what_others_see():
    assert seen_address(LOOPBACK) is None
    assert seen_address("192.168.1.5") == "192.168.1.5"
    found = seen_address(EVERYWHERE)
    if found is None:
        pytest.skip("this machine is in no network")
    assert own_address(found) == found


def test_a_port_that_is_taken_on_one_address_is_taken_on_all():
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert free_port((port,), set(), EVERYWHERE) != port
        assert free_port((port,), set(), LOOPBACK) != port
        assert free_port((port,), set(), "127.0.0.2") == port


def test_the_address_is_said_with_its_key_and_as_a_picture(last):
    console = Console(file=io.StringIO(), width=40, soft_wrap=True)
    say_address(console, dataclasses.replace(last, host="192.168.1.5", api_key="a+b/c [bold]ä"))
    said = console.file.getvalue().splitlines()
    assert "http://192.168.1.5:8000/#key=a%2Bb%2Fc%20%5Bbold%5D%C3%A4" in said
    picture = [line for line in said if set(line) <= set(" ▀▄█")]
    assert len(picture) > 15 and len({len(line) for line in picture}) == 1  # no line is wrapped
