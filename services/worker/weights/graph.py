"""A model from a frozen TensorFlow graph of somebody else's: looked at, run once, then published."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import tensorflow as tf

from services.worker.weights import WeightsUnavailable
from shared.images import PREPROCESSING
from shared.inception import TensorFlowEngine
from shared.store import Manifest, ModelStore
from shared.vectors import SIDE, PixelBatch

# A graph that decodes its own JPEG is fed behind its decoder: photos of every format come decoded.
DECODERS = {"DecodeJpeg/contents:0": "DecodeJpeg:0"}
# Numbers in, numbers out: nothing that reads or writes files, speaks to others, loops or runs Python.
OPERATIONS = """
    Add AddN AddV2 ArgMax AvgPool BatchNormWithGlobalNormalization BiasAdd Cast CheckNumerics Concat
    ConcatV2 Const Conv2D DecodeJpeg DepthwiseConv2dNative Div Elu Exp ExpandDims Fill FusedBatchNorm
    FusedBatchNormV2 FusedBatchNormV3 GatherV2 Identity IdentityN L2Loss LRN LeakyRelu MatMul Max MaxPool
    Maximum Mean Merge Min Minimum MirrorPad Mul Neg NoOp Pack Pad PadV2 PartitionedCall Placeholder
    PlaceholderWithDefault Pow Prod RealDiv Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor
    ReverseV2 Rsqrt Shape Sigmoid Slice Softmax Softplus Split SplitV Sqrt Square SquaredDifference Squeeze
    StatefulPartitionedCall StopGradient StridedSlice Sub Sum Switch Tanh Tile Transpose Unpack ZerosLike
    _FusedConv2D
"""
ALLOWED = frozenset(OPERATIONS.split())


def publish_graph(
    store: ModelStore,
    path: Path,
    *,
    name: str,
    feature: str,
    input_tensor: str,
    input_range: tuple[float, float],
) -> Manifest:
    """Publishes a .pb. Raises WeightsUnavailable, saying what is wrong with it, and ModelExists."""
    given = DECODERS.get(input_tensor, input_tensor)
    manifest = Manifest(
        name=name,
        kind="graph",
        dimension=_dimension(path, given, feature),
        input_range=(0, 255) if input_tensor in DECODERS else input_range,
        input_tensor=given,
        feature=feature,
        preprocessing=PREPROCESSING,
        source=path.name,
        created=datetime.now(UTC),
    )
    with store.publishing(manifest) as folder:
        shutil.copy(path, folder / "model.pb")
        _try(path, folder, manifest)
    return store.manifest(name)


def _dimension(path: Path, given: str, feature: str) -> int:
    """How many numbers the feature has, of a graph that may be run. Raises WeightsUnavailable."""
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
    except Exception as error:  # protobuf raises its own on what is no graph
        raise WeightsUnavailable(f"{path}: {error}") from error
    _check(path, graph)
    try:
        whole = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
        whole.graph.get_tensor_by_name(given)
        dimension = whole.graph.get_tensor_by_name(feature).shape[-1]
    except Exception as error:  # TensorFlow raises its own on what does not fit together
        raise WeightsUnavailable(f"{path}: {error}") from error
    if dimension is None:
        raise WeightsUnavailable(f"{path}: {feature} does not say how many numbers it has.")
    return int(dimension)


def _check(path: Path, graph: tf.compat.v1.GraphDef) -> None:
    """Raises WeightsUnavailable where it could do more than compute."""
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    called = {function.signature.name for function in graph.library.function}
    if strange := sorted({node.op for node in nodes} - ALLOWED - called):
        raise WeightsUnavailable(
            f"{path} holds operations that no image model needs, and it is not run: {', '.join(strange[:8])}."
        )
    if not nodes:
        raise WeightsUnavailable(f"{path} is an empty graph.")


def _try(path: Path, folder: Path, manifest: Manifest) -> None:
    """Runs it on a grey picture, before anybody relies on it. Raises WeightsUnavailable."""
    grey = PixelBatch(np.full((1, SIDE, SIDE, 3), 127, np.uint8))
    try:
        rows = TensorFlowEngine(folder, manifest, sizes=(1,)).predict(grey)
    except Exception as error:  # TensorFlow raises its own, and many
        raise WeightsUnavailable(f"{path} cannot be run: {str(error)[:500]}") from error
    if rows.shape != (1, manifest.dimension) or not np.isfinite(rows).all():
        raise WeightsUnavailable(
            f"{path} gives {rows.shape[-1]} numbers, not {manifest.dimension} finite ones."
        )
