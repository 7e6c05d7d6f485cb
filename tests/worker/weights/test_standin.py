import base64
import io
import json
import tarfile

import numpy as np
import pytest

from services.worker.weights import WeightsUnavailable, standin


@pytest.fixture
def package(tmp_path):
    """package(tensors, extra bytes) -> a tarball in the format of the npm package."""

    def make(tensors: dict[str, tuple[list[int], float, float, bytes]], extra: bytes = b""):
        entries = [
            f'{{name:"{name}",shape:{json.dumps(shape, separators=(",", ":"))},dtype:"float32",'
            f'quantization:{{min:{low},scale:{scale},dtype:"uint8"}}}}'
            for name, (shape, low, scale, _) in tensors.items()
        ]
        data = b"".join(values for *_, values in tensors.values()) + extra
        step = -(-len(data) // standin.SHARDS)
        files = {
            "model.min.js": f"!function(a){{x={{y:1,weightsManifest:[{{weights:[{','.join(entries)}]}}]}}}}"
        }
        for number in range(standin.SHARDS):
            text = base64.b64encode(data[number * step : (number + 1) * step]).decode()
            files[f"group1-shard{number + 1}of{standin.SHARDS}.min.js"] = f'!function(d){{return"{text}"}}'
        path = tmp_path / "package.tgz"
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"{standin.FOLDER}/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content.encode()))
        return path

    return make


def test_tensors_are_scaled_back_in_the_order_of_the_manifest(package):
    values = np.random.default_rng(0).integers(0, 256, 9000, dtype=np.uint8)
    tarball = package(
        {
            "conv2d_1/kernel": ([10, 20, 30], -1.5, 0.25, values[:6000].tobytes()),
            "batch_normalization_1/beta": ([3000], -0.125, 0.5, values[6000:].tobytes()),
        }
    )
    tensors = standin.decode(tarball)
    expected = values[:6000].reshape(10, 20, 30).astype(np.float32) * 0.25 - 1.5
    np.testing.assert_array_equal(tensors["conv2d_1/kernel"], expected)
    np.testing.assert_array_equal(
        tensors["batch_normalization_1/beta"], values[6000:].astype(np.float32) * 0.5 - 0.125
    )


def test_bytes_that_the_manifest_does_not_name_are_refused(package):
    tarball = package({"a/b": ([9000], 0.0, 1.0, bytes(9000))}, extra=b"more")
    with pytest.raises(WeightsUnavailable):
        standin.decode(tarball)


def test_another_package_than_the_measured_one_is_refused(package, settings):
    from shared.store import ModelStore

    with pytest.raises(WeightsUnavailable, match="measured"):
        standin.publish_standin(ModelStore(settings.data), package({"a/b": ([9000], 0.0, 1.0, bytes(9000))}))
