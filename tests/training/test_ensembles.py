import numpy as np
import pytest
from tests.training.cases import Means, Recorder, digits

from traindiff.errors import TrainingError
from traindiff.store import MemoryStore, RunStore
from traindiff.training import model_seeds, train_ensemble

TRAIN = digits(30)
MASKS, SEEDS = np.ones((7, 30), dtype=bool), model_seeds(7, 0)


@pytest.mark.parametrize("keeps", [True, False])
def test_models_in_chunks_answer_as_one_ensemble(keeps):
    ensemble = train_ensemble(Means(keeps=keeps), TRAIN, MASKS, SEEDS, chunk=3)
    whole = Means().train(TRAIN, MASKS, SEEDS, lambda amount: None)
    np.testing.assert_array_equal(ensemble.predict(TRAIN.inputs), whole.predict(TRAIN.inputs))
    assert (ensemble.arrays() is not None) is keeps


def test_kept_models_are_not_trained_again():
    algorithm, store = Means(), MemoryStore()
    first = train_ensemble(algorithm, TRAIN, MASKS, SEEDS, chunk=3, pieces=store)
    again = train_ensemble(algorithm, TRAIN, MASKS, SEEDS, chunk=3, pieces=store)
    assert algorithm.calls == [3, 3, 1]
    np.testing.assert_array_equal(again.arrays()["means"], first.arrays()["means"])


def test_models_that_cannot_be_kept_are_asked_the_same_only_once():
    def ask(algorithm, store, inputs):
        return train_ensemble(
            algorithm, TRAIN, MASKS, SEEDS, chunk=3, pieces=store, remember=True
        ).predict(inputs)

    store = MemoryStore()
    first, later, fresh = Means(keeps=False), Means(keeps=False), Means(keeps=False, scale=2.0)
    expected = ask(first, store, TRAIN.inputs)
    assert first.calls == [3, 3, 1]
    np.testing.assert_array_equal(ask(later, store, TRAIN.inputs), expected)
    assert later.calls == []
    changed = ask(later, store, -TRAIN.inputs)
    assert later.calls == [3, 3, 1]
    np.testing.assert_allclose(changed, -expected, rtol=1e-6)
    assert (ask(fresh, store, TRAIN.inputs) != expected).any()  # another recipe, another answer
    assert fresh.calls == [3, 3, 1]


def test_damaged_answers_are_asked_for_again(tmp_path):
    ensembles = []
    for _ in range(2):
        with RunStore.open(tmp_path / "run", {}) as store:
            algorithm = Means(keeps=False)
            ensemble = train_ensemble(
                algorithm, TRAIN, MASKS, SEEDS, pieces=store, name="x", remember=True
            )
            ensembles.append((ensemble.predict(TRAIN.inputs), algorithm.calls, store.damaged))
        victim = next((tmp_path / "run").glob("arrays/x/answers-0*/outputs/c/0/0/0"))
        victim.write_bytes(b"")
    (first, _, _), (again, calls, damaged) = ensembles
    np.testing.assert_array_equal(again, first)
    assert calls == [7]
    assert str(victim) in damaged[0]


def test_a_diverged_model_is_left_out_and_named():
    store = MemoryStore()
    for _ in range(2):
        ensemble = train_ensemble(
            Means(diverging=(SEEDS[5],)), TRAIN, MASKS, SEEDS, chunk=3, pieces=store
        )
        assert ensemble.diverged == ((5, SEEDS[5]),)
        whole = train_ensemble(Means(), TRAIN, MASKS, SEEDS, chunk=3)
        others = np.delete(np.arange(7), 5)
        np.testing.assert_array_equal(
            ensemble.predict(TRAIN.inputs), whole.predict(TRAIN.inputs)[others]
        )
        np.testing.assert_array_equal(ensemble.arrays()["means"], whole.arrays()["means"][others])


def test_too_many_diverged_models_are_an_error():
    with pytest.raises(TrainingError, match=f"2 of 7 models diverged.*seed {SEEDS[1]}.*lower the"):
        train_ensemble(Means(diverging=(SEEDS[1], SEEDS[5])), TRAIN, MASKS, SEEDS, chunk=3)


def test_a_model_that_shows_only_in_its_answers_that_it_diverged_is_an_error():
    ensemble = train_ensemble(Means(diverging=(SEEDS[5],), keeps=False), TRAIN, MASKS, SEEDS)
    with pytest.raises(TrainingError, match=r"1 of 7 models diverged.*model 5"):
        ensemble.predict(TRAIN.inputs)


@pytest.mark.parametrize("keeps", [True, False])
def test_progress_tells_what_an_earlier_run_did_from_what_this_one_does(keeps):
    store, meter = MemoryStore(), Recorder()
    for _ in range(2):
        train_ensemble(
            Means(keeps=keeps), TRAIN, MASKS, SEEDS, chunk=3, pieces=store, progress=meter, name="x"
        )
    earlier = 7 if keeps else 0
    assert meter.stages == [["training x", 7, 0, 7], ["training x", 7, earlier, 7]]
