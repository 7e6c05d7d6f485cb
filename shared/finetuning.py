"""What is asked for when a model is to be learnt; the defaults are those of the first system of this kind."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from shared.augmentation import Augmentation
from shared.schemas import Strict
from shared.store import MODEL_NAME

Depth = Literal["top", "head"]
VectorKind = Literal["pooled", "dense", "embedding"]
Loss = Literal["cross_entropy", "normalized_softmax", "proxy_anchor", "lda"]
LOSSES: dict[str, tuple[Loss, ...]] = {  # what each vector can be learnt by, the default first
    "pooled": ("cross_entropy",),
    "dense": ("cross_entropy",),
    "embedding": ("normalized_softmax", "proxy_anchor"),
    "head": ("lda", "normalized_softmax"),
}


class FromField(Strict):
    """A dataset from the catalogue: a class for each value of a field."""

    from_field: str = Field(min_length=1, max_length=200)
    min_images: int = Field(20, ge=2, le=1_000_000, description="Values with fewer photos are left out")


class Phase(Strict):
    """How the weights are moved in one phase."""

    optimizer: Literal["rmsprop", "sgd", "adam", "adamw"]
    learning_rate: float = Field(gt=0, le=10)
    momentum: float = Field(0.0, ge=0, lt=1, description="Of sgd and rmsprop")


class FinetuneRequest(Strict):
    """A model from class folders. `depth: top` trains a head and the last blocks of the base (two phases),
    `head` only a projection of the vectors that the base gives: seconds."""

    dataset: Annotated[str, Field(min_length=1, max_length=4096)] | FromField = Field(
        description="Folder of class folders below datasets/ of the data folder or a photo root, or a field"
    )
    validation: (
        Annotated[str, Field(min_length=1, max_length=4096)] | Annotated[float, Field(ge=0.05, le=0.5)]
    ) = Field(0.2, description="Photos to judge the model by: a folder like `dataset`, or a share of it")
    name: str | None = Field(None, pattern=MODEL_NAME, description="Default: the date and a counter")
    base: str | None = Field(
        None, description="The model to begin with (default: the network that the live one came from)"
    )
    depth: Depth = "top"
    vector: VectorKind | None = Field(
        None, description="Which numbers are the vector (default: embedding); of depth top"
    )
    dimension: Literal[256, 512] = Field(512, description="Numbers in an embedding")
    loss: Loss | None = Field(
        None, description="Default: cross_entropy for pooled and dense, normalized_softmax, lda for head"
    )
    batch_size: int | None = Field(None, ge=1, le=4096, description="Default: 128; of an embedding 32")
    epochs: int = Field(50, ge=1, le=1000, description="Of each phase")
    train_from_layer: int | None = Field(
        None, ge=0, le=10_000, description="First layer that phase 2 trains (default: the last two blocks)"
    )
    cached_views: int = Field(
        4, ge=0, le=32, description="Copies of each photo, kept as the frozen layers see them; 0: none"
    )
    phase_1: Phase = Phase(optimizer="rmsprop", learning_rate=1e-3)
    phase_2: Phase | None = Field(
        None, description="Default: sgd, momentum 0.9, learning_rate 1e-4; of an embedding 1e-2"
    )
    augmentation: Augmentation = Augmentation()
    class_weights: bool | dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(
        False, description="true: each class counts the same however many photos it has; or a weight each"
    )
    early_stopping: int | None = Field(
        10, ge=1, le=1000, description="Epochs without better retrieval on held-out photos; null: never"
    )
    holdout_classes: list[str] | Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="Classes (names, or how many) that are not learnt, to judge the model on unseen ones"
    )
    seed: int = Field(42, ge=0, lt=2**31)
    activate: Literal["never", "if_better", "always"] = "never"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.depth == "head" and self.vector is not None:
            raise ValueError("vector belongs to depth top; depth head learns a projection")
        if self.depth == "head" and self.class_weights:
            raise ValueError("class_weights belong to depth top")
        allowed = LOSSES["head" if self.depth == "head" else self.vector or "embedding"]
        if self.loss is not None and self.loss not in allowed:
            raise ValueError(f"loss must be one of {', '.join(allowed)} here")
        return self

    def phase(self, number: int) -> Phase:
        """How the weights are moved in phase 1 or 2."""
        if number == 1:
            return self.phase_1
        rate = 1e-2 if self._embeds else 1e-4
        return self.phase_2 or Phase(optimizer="sgd", learning_rate=rate, momentum=0.9)

    def resolved(self) -> dict[str, Any]:
        """Every setting, with what a default came to."""
        chosen = {"loss": self.learnt_by, "batch_size": self.batch, "phase_2": self.phase(2).model_dump()}
        vector = {"vector": self.vector_kind} if self.depth == "top" else {}
        return {**self.model_dump(), **chosen, **vector}

    @property
    def batch(self) -> int:
        """Photos that the weights are moved for at once."""
        return self.batch_size or (32 if self._embeds else 128)

    @property
    def _embeds(self) -> bool:
        return self.depth == "top" and self.vector_kind == "embedding"

    @property
    def learnt_by(self) -> Loss:
        """The loss, or its default."""
        return self.loss or LOSSES["head" if self.depth == "head" else self.vector_kind][0]

    @property
    def vector_kind(self) -> VectorKind:
        """Which numbers are the vector, or its default."""
        return self.vector or "embedding"
