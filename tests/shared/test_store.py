"""A model is published whole or not at all, and a changed byte is noticed."""

from datetime import UTC, datetime

import pytest

from shared.files import write_beside
from shared.store import DamagedModel, Manifest, ModelExists, ModelStore, UnknownModel

MANIFEST = Manifest(
    name="m1",
    kind="keras",
    dimension=2048,
    input_range=(-1, 1),
    feature="mixed10",
    preprocessing={"version": 1},
    source="test",
    created=datetime(2026, 1, 1, tzinfo=UTC),
)


def publish(store: ModelStore) -> None:
    with store.publishing(MANIFEST) as folder:
        (folder / "model.keras").write_bytes(b"weights")


def test_a_published_model_verifies(tmp_path):
    store = ModelStore(tmp_path)
    publish(store)
    assert store.names() == ["m1"]
    assert list(store.verify("m1").files) == ["model.keras"]


def test_a_flipped_byte_in_a_model_is_refused(tmp_path):
    store = ModelStore(tmp_path)
    publish(store)
    (store.folder("m1") / "model.keras").write_bytes(b"weighty")
    with pytest.raises(DamagedModel, match=r"model\.keras"):
        store.verify("m1")


def test_a_failed_publication_leaves_nothing(tmp_path):
    store = ModelStore(tmp_path)
    with pytest.raises(RuntimeError, match="in the middle"), store.publishing(MANIFEST):
        raise RuntimeError("in the middle")
    assert list(store.path.iterdir()) == []


def test_a_name_is_published_once(tmp_path):
    store = ModelStore(tmp_path)
    publish(store)
    with pytest.raises(ModelExists):
        publish(store)
    assert store.names() == ["m1"]


def test_trap_a_later_phase_overwrote_what_an_earlier_one_had_made(tmp_path):
    """In the ancestor phase 2 wrote over phase 1's checkpoints; what was made here is never written over."""
    store = ModelStore(tmp_path)
    publish(store)
    first = store.manifest("m1")
    with pytest.raises(ModelExists), store.publishing(MANIFEST) as folder:
        (folder / "model.keras").write_bytes(b"of phase 2")
    assert (tmp_path / "models" / "m1" / "model.keras").read_bytes() == b"weights"
    assert store.verify("m1") == first and store.names() == ["m1"]


@pytest.mark.parametrize("name", ["m2", "", "..", "../models/m1"])
def test_a_model_that_is_not_there_is_unknown(tmp_path, name):
    store = ModelStore(tmp_path)
    publish(store)
    with pytest.raises(UnknownModel):
        store.manifest(name)


def test_write_beside_replaces_and_leaves_no_trace(tmp_path):
    write_beside(tmp_path / "a", b"one")
    write_beside(tmp_path / "a", b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"two")]


def test_the_model_to_begin_with_is_no_projection_without_its_base(tmp_path):
    store = ModelStore(tmp_path)

    def add(name: str, year: int, **changes) -> None:
        created = datetime(year, 1, 1, tzinfo=UTC)
        with store.publishing(MANIFEST.model_copy(update={"name": name, "created": created, **changes})):
            pass

    add("lost", 2030, kind="projection", base="nowhere")
    assert store.default() is None
    add("network", 2027)
    assert store.default() == "network"
    add("p", 2029, kind="projection", base="network")
    assert store.default() == "p"
    add("later", 2031, base="nowhere")  # what it was learnt from, it does not need
    assert store.default() == "later" and store.default("p") == "p"
    add("inception-v3-imagenet", 2020)
    assert store.default() == "inception-v3-imagenet"
