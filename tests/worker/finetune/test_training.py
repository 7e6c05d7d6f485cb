"""Training on features that lie there: as the real thing, but for the network below."""

import numpy as np
import pytest

from services.worker.finetune.checkpoints import Checkpoints
from services.worker.finetune.errors import Diverged
from services.worker.finetune.head import build
from services.worker.finetune.source import of_pooled
from services.worker.finetune.split import Split
from services.worker.finetune.train import Training
from services.worker.finetune.views import Views
from shared.finetuning import FinetuneRequest
from shared.vectors import Vectors

CLASSES, FEATURES, EACH = 4, 24, 20


def features(seed: int = 0):
    """Rows of classes that overlap, in two views; four of each class judge."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(0, 1, (CLASSES, FEATURES))
    labels = np.repeat(np.arange(CLASSES), EACH)
    plain, copies = (centres[labels] + chance.normal(0, 1.5, (len(labels), FEATURES)) for _ in range(2))
    judge = np.arange(len(labels)) % 5 == 0
    learn, judge = np.flatnonzero(~judge), np.flatnonzero(judge)
    kept = np.concatenate([plain[learn], copies[learn], plain[judge]])
    first = 2 * len(learn)
    none = np.empty(0, np.int64)
    views = Views(2, None, Vectors(kept.astype(np.float32)), learn, np.arange(first, len(kept)), none)
    return views, Split(learn, judge, none, [f"c{n}" for n in range(CLASSES)], labels)


def asked(**request) -> FinetuneRequest:
    return FinetuneRequest.model_validate({"dataset": "tools", "epochs": 4, "batch_size": 16, **request})


class Killed(BaseException):
    """As a signal would: nothing catches it."""


def train(folder, request, *, die_at: int | None = None, mixed: bool = False):
    """The state at the end, the head's weights, and what was said; dies at the step `die_at`."""
    views, parts = features()
    said = []

    def say(progress):
        said.append(progress)
        if len(said) == die_at:
            raise Killed

    head = build(request, FEATURES, CLASSES)
    folder.mkdir(exist_ok=True)
    training = Training(head, parts, request, Checkpoints(folder), say, mixed=mixed)
    source = of_pooled(views, request.seed)
    state = training.run([source, source])
    return state, [weight.numpy() for weight in head.scores.weights], said


def same(first, second) -> bool:
    return all((a == b).all() for a, b in zip(first, second, strict=True))


def without_times(state):
    return [epoch.model_copy(update={"seconds": 0}) for epoch in state.history]


@pytest.mark.parametrize(
    "request_", [{}, {"vector": "dense"}, {"loss": "proxy_anchor"}, {"vector": "pooled"}]
)
def test_learning_finds_better(tmp_path, request_):
    state, _, _ = train(tmp_path, asked(epochs=8, **request_))
    first, last = state.history[0], state.history[-1]
    assert last.loss < first.loss
    if request_.get("vector") != "pooled":  # the features themselves do not change here
        assert max(epoch.metrics["map"] for epoch in state.history) > 0.5 > 1 / CLASSES


def test_the_same_job_twice_is_the_same_to_the_bit(tmp_path):
    first, again, other = (
        train(tmp_path / name, asked(seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert same(first[1], again[1]) and without_times(first[0]) == without_times(again[0])
    assert not same(first[1], other[1])


@pytest.mark.parametrize("request_", [{}, {"vector": "dense"}])
def test_a_training_that_was_killed_anywhere_ends_as_if_it_had_not_been(tmp_path, request_):
    request = asked(**request_)
    whole, weights, said = train(tmp_path / "whole", request)
    for die_at in range(1, len(said) + 1):
        folder = tmp_path / f"killed-{die_at}"
        with pytest.raises(Killed):
            train(folder, request, die_at=die_at)
        resumed, again, _ = train(folder, request)
        assert same(weights, again) and without_times(resumed) == without_times(whole), die_at


def test_a_training_that_was_killed_time_and_again_ends_as_well(tmp_path):
    request = asked()
    whole, weights, _ = train(tmp_path / "whole", request)
    for _ in range(40):
        try:
            resumed, again, _ = train(tmp_path / "killed", request, die_at=2)
            break
        except Killed:
            continue
    assert same(weights, again) and without_times(resumed) == without_times(whole)


def test_the_second_phase_leaves_the_firsts_checkpoints_alone(tmp_path):
    train(tmp_path, asked(epochs=1))
    assert {path.name for path in tmp_path.iterdir()} >= {"best-phase1.npz", "best-phase2.npz"}
    train(tmp_path / "more", asked(epochs=3))
    states = sorted(path.name for path in (tmp_path / "more").glob("phase*"))
    assert states == ["phase2-epoch0002.npz", "phase2-epoch0003.npz"]  # the last two, not one per epoch


def test_it_stops_when_retrieval_gets_no_better_and_keeps_the_best(tmp_path):
    request = asked(epochs=200, early_stopping=3)
    state, weights, _ = train(tmp_path, request)
    second = [epoch for epoch in state.history if epoch.phase == 2]
    values = [epoch.metrics["map"] for epoch in second]
    assert len(second) < 200 and state.since_best == 3
    assert state.best >= max(values)
    best = Checkpoints(tmp_path).best(2)
    assert all(any(np.array_equal(weight, one) for one in best) for weight in weights)


def test_without_early_stopping_every_epoch_is_run(tmp_path):
    state, _, said = train(tmp_path, asked(epochs=3, early_stopping=None))
    run = [(epoch.phase, epoch.epoch) for epoch in state.history]
    assert run == [(phase, epoch) for phase in (1, 2) for epoch in (1, 2, 3)]
    assert said[-1].epochs == 3 and said[-1].metrics == state.history[-1].metrics


def test_a_batch_larger_than_the_dataset_is_the_dataset(tmp_path):
    state, _, _ = train(tmp_path, asked(epochs=1, batch_size=4096))
    assert len(state.history) == 2


def test_a_loss_that_runs_away_says_what_to_ask_for(tmp_path):
    wild = {"optimizer": "sgd", "learning_rate": 10, "momentum": 0.99}
    with pytest.raises(Diverged, match="learning_rate"):
        train(tmp_path, asked(vector="dense", phase_1=wild, epochs=50, early_stopping=None))


def test_scaled_losses_move_the_weights_as_plain_ones_do(tmp_path):
    request = asked(vector="dense", phase_1={"optimizer": "sgd", "learning_rate": 0.01}, epochs=2)
    plain, mixed = (train(tmp_path / str(on), request, mixed=on)[1] for on in (False, True))
    for one, other in zip(plain, mixed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
