"""Why a fine-tune cannot go on; each message says what to do."""


class DatasetGone(RuntimeError):
    """The dataset cannot be read, or does not have what is needed."""


class UnsuitableBase(ValueError):
    """The base network cannot be fine-tuned as asked."""


class Diverged(ArithmeticError):
    """The training has run away."""
