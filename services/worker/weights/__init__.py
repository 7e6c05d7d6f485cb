"""Inception-v3's weights as published models: Keras's own, a stand-in from npm, or a file."""


class WeightsUnavailable(RuntimeError):
    """The weights could not be had; the message says which ways are left."""


THREE_WAYS = (
    "Three ways to get weights: (1) let this machine reach Keras's download address and run "
    "`make weights WEIGHTS=imagenet` (or put inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5 into "
    "~/.keras/models); (2) let it reach the npm registry and run `make weights WEIGHTS=standin`; (3) name a "
    "file: `make weights WEIGHTS=/path/to/model.keras` (.keras, .h5 or a frozen .pb)."
)
