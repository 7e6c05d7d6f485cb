import pytest
from pydantic import ValidationError

from shared.finetuning import FinetuneRequest


def asked(**request) -> FinetuneRequest:
    return FinetuneRequest.model_validate({"dataset": "tools", **request})


@pytest.mark.parametrize("vector", ["pooled", "dense"])
def test_the_first_systems_recipe_is_the_default_of_its_vectors(vector):
    request = asked(vector=vector)
    assert request.epochs == 50 and request.batch == 128 and request.learnt_by == "cross_entropy"
    assert (request.phase(1).optimizer, request.phase(2).optimizer) == ("rmsprop", "sgd")
    assert (request.phase(2).learning_rate, request.phase(2).momentum) == (1e-4, 0.9)
    augmentation = request.augmentation
    assert augmentation.flip and augmentation.shift == 4 / 32 and augmentation.zoom == (0.75, 1.25)
    assert augmentation.channel_shift == 50 and augmentation.rotation == 10


def test_an_embedding_is_what_is_learnt_if_nothing_is_said():
    request = asked()
    assert (request.vector_kind, request.learnt_by, request.dimension) == (
        "embedding",
        "normalized_softmax",
        512,
    )
    assert request.batch == 32 and request.phase(2).learning_rate == 1e-2
    assert asked(batch_size=64, phase_2={"optimizer": "adam", "learning_rate": 1e-4}).batch == 64
    assert asked(depth="head").learnt_by == "lda"


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": 10**9},
        {"batch_size": 0},
        {"validation": 0},
        {"validation": 0.9},
        {"vector": "probabilities"},
        {"vector": "pooled", "loss": "normalized_softmax"},
        {"depth": "head", "vector": "pooled"},
        {"depth": "head", "loss": "cross_entropy"},
        {"augmentation": {"zoom": [0, 1]}},
        {"augmentation": {"zoom": [1.5, 0.5]}},
        {"augmentation": {"mirror": True}},
        {"phase_1": {"optimizer": "lion", "learning_rate": 1}},
        {"phase_1": {"optimizer": "sgd", "learning_rate": 0}},
        {"dimension": 300},
        {"name": "../model"},
        {"seed": -1},
        {"activate": "maybe"},
        {"dataset": {"from_field": "genre_id", "min_images": 1}},
        {"dataset": ""},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        asked(**wrong)
