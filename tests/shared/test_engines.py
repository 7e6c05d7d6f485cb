import pytest

from shared.engines import DamagedEngine, EngineManifest, EngineMissing, Engines, choose, made_of
from shared.store import ModelStore
from tests.small import MODEL, publish_small


@pytest.fixture
def store(tmp_path) -> ModelStore:
    publish_small(tmp_path)
    return ModelStore(tmp_path)


@pytest.fixture
def engines(tmp_path) -> Engines:
    return Engines(tmp_path)


def write(engines: Engines, store: ModelStore, content: bytes = b"weights") -> None:
    manifest = EngineManifest(
        engine="openvino", model=MODEL, made_of=made_of(store.manifest(MODEL)), cosine=1, versions={}
    )
    with engines.publishing(manifest) as folder:
        (folder / "model.xml").write_bytes(b"<net/>")
        (folder / "model.bin").write_bytes(content)


def test_an_engine_takes_the_place_of_the_one_before(engines, store):
    for content in (b"old", b"new"):
        write(engines, store, content)
        assert engines.read(store.manifest(MODEL)) == (b"<net/>", content)
    assert [path.name for path in (engines.path / MODEL).iterdir()] == ["openvino"]


def test_an_engine_that_fails_to_be_written_leaves_the_one_before(engines, store):
    write(engines, store)
    broken = EngineManifest(engine="openvino", model=MODEL, made_of={}, cosine=1, versions={})
    with pytest.raises(FileNotFoundError), engines.publishing(broken):
        pass  # no files
    assert engines.read(store.manifest(MODEL))[1] == b"weights"
    assert [path.name for path in (engines.path / MODEL).iterdir()] == ["openvino"]


def test_an_engine_of_other_files_is_not_used(engines, store, tmp_path):
    write(engines, store)
    assert engines.current(store.manifest(MODEL)) is not None
    store.delete(MODEL)
    publish_small(tmp_path, feature="other")
    assert engines.current(store.manifest(MODEL)) is None
    with pytest.raises(EngineMissing):
        engines.read(store.manifest(MODEL))


@pytest.mark.parametrize("file", ["model.xml", "model.bin"])
@pytest.mark.parametrize("content", [b"weighty", None])
def test_a_damaged_engine_is_refused(engines, store, file, content):
    write(engines, store)
    path = engines.folder(MODEL) / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DamagedEngine, match=file):
        engines.read(store.manifest(MODEL))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"engine": "openvino"}'])
def test_an_engine_whose_manifest_cannot_be_read_is_none(engines, store, text):
    write(engines, store)
    (engines.folder(MODEL) / "manifest.json").write_text(text)
    assert engines.current(store.manifest(MODEL)) is None


def test_without_its_folder_a_model_has_no_engine(engines, store):
    write(engines, store)
    engines.delete(MODEL)
    engines.delete(MODEL)  # twice is no error
    assert engines.current(store.manifest(MODEL)) is None


@pytest.mark.parametrize(
    ("setting", "built", "gpu", "tensorflow", "chosen"),
    [
        ("auto", True, False, True, "openvino"),
        ("auto", False, False, True, "tensorflow"),
        ("auto", True, True, True, "tensorflow"),
        ("auto", True, True, False, "openvino"),
        ("auto", False, False, False, None),
        ("openvino", True, True, True, "openvino"),
        ("openvino", False, False, True, None),
        ("tensorflow", True, False, True, "tensorflow"),
    ],
)
def test_the_setting_and_the_machine_choose(engines, store, setting, built, gpu, tensorflow, chosen):
    if built:
        write(engines, store)
    asked = {"setting": setting, "gpu": lambda: gpu, "tensorflow": tensorflow}
    if chosen is None:
        with pytest.raises(EngineMissing, match="make weights"):
            choose(store.manifest(MODEL), engines, **asked)
    else:
        assert choose(store.manifest(MODEL), engines, **asked) == chosen


def test_a_gpu_is_not_looked_for_where_it_decides_nothing(engines, store):
    write(engines, store)

    def gpu() -> bool:
        raise AssertionError("TensorFlow would be imported")

    for setting, tensorflow in (("openvino", True), ("tensorflow", True), ("auto", False)):
        choose(store.manifest(MODEL), engines, setting=setting, gpu=gpu, tensorflow=tensorflow)
