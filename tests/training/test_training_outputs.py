import dataclasses

import numpy as np
import pytest
from tests.training.cases import Means, digits
from threadpoolctl import threadpool_info

from traindiff.algorithms import default_chunk
from traindiff.algorithms.closed_form.algorithm import ClosedFormAlgorithm
from traindiff.algorithms.command.algorithm import CommandAlgorithm
from traindiff.algorithms.grouped import Grouped
from traindiff.datasets.groups import Groups
from traindiff.errors import InputError, StoreError, TrainingError
from traindiff.outputs import margin
from traindiff.store import MemoryStore, RunStore
from traindiff.training import Processes, draw_masks, model_seeds, train_outputs

TRAIN, TARGETS = digits(30), digits(20, seed=1)


def run(algorithm=None, models=10, **settings):
    masks, seeds = draw_masks(models, 30, 0.5, seed=0), model_seeds(models, 0)
    settings = {"chunk": 4, **settings}
    return train_outputs(algorithm or Means(), TRAIN, TARGETS, masks, seeds, **settings)


def test_outputs_are_those_of_the_models_row_by_row():
    result = run()
    masks, seeds = draw_masks(10, 30, 0.5, seed=0), model_seeds(10, 0)
    logits = Means().train(TRAIN, masks, seeds, lambda amount: None).predict(TARGETS.inputs)
    np.testing.assert_array_equal(result.outputs.values, margin(logits, TARGETS.labels))
    np.testing.assert_array_equal(result.outputs.predictions, logits.argmax(axis=-1))
    np.testing.assert_array_equal(result.outputs.masks, masks)
    assert result.outputs.values.dtype == np.float32
    assert result.outputs.predictions.dtype == np.int16
    assert result.kept.all()


def test_a_second_call_trains_nothing_and_more_models_only_those_that_lack():
    store, algorithm = MemoryStore(), Means()
    first = run(algorithm, pieces=store)
    assert algorithm.calls == [4, 4, 2]
    again = run(algorithm, pieces=store)
    np.testing.assert_array_equal(first.outputs.values, again.outputs.values)
    assert algorithm.calls == [4, 4, 2]
    extended = run(algorithm, models=16, pieces=store)
    assert algorithm.calls == [4, 4, 2, 4, 4]
    np.testing.assert_array_equal(extended.outputs.values, run(models=16).outputs.values)
    np.testing.assert_array_equal(extended.outputs.values[:8], first.outputs.values[:8])


def test_an_algorithm_may_say_what_makes_a_good_task():
    script = CommandAlgorithm(name="A", command=("python", "train.py"))
    assert (default_chunk(script), default_chunk(Means())) == (1, 64)
    assert default_chunk(ClosedFormAlgorithm(name="A")) == 512
    data, groups = digits(6), Groups.of([*"aabbcc"])
    assert default_chunk(Grouped(algorithm=script, examples=data, groups=groups)) == 1


def test_a_script_that_fails_for_good_costs_no_other_models_outputs(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import json, sys; import numpy as np\n"
        "task = json.load(open(sys.argv[1] + '/task.json'))\n"
        f"sys.exit(3) if task['seed'] == {model_seeds(4, 0)[2]} else None\n"
        "np.save(task['outputs'], np.random.default_rng(task['seed']).random((20, 3)))\n"
    )
    algorithm = CommandAlgorithm(name="A", command=("python", str(script)), retries=0)
    store = MemoryStore()
    with pytest.raises(TrainingError, match="exit code 3"):
        run(algorithm, models=4, chunk=None, pieces=store)
    assert [name for name, _ in store.pieces] == [
        "outputs/000000-000001",
        "outputs/000001-000002",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": Means(scale=2.0)},
        {"output": "negative-cross-entropy"},
        {"name": "outputs/b"},
    ],
)
def test_whatever_determines_outputs_is_in_their_address(change):
    store = MemoryStore()
    run(pieces=store)
    before = len(store.pieces)
    run(pieces=store, **change)
    assert len(store.pieces) == 2 * before


def test_changed_data_masks_and_seeds_are_not_mistaken_for_what_is_stored():
    store, algorithm = MemoryStore(), Means()
    masks, seeds = draw_masks(4, 30, 0.5, seed=0), model_seeds(4, 0)
    other_labels = dataclasses.replace(TRAIN, labels=(TRAIN.labels + 1) % 3)
    other_targets = dataclasses.replace(TARGETS, inputs=TARGETS.inputs * 2)
    calls = [
        (TRAIN, TARGETS, masks, seeds),
        (other_labels, TARGETS, masks, seeds),
        (TRAIN, other_targets, masks, seeds),
        (TRAIN, TARGETS, draw_masks(4, 30, 0.5, seed=9), seeds),
        (TRAIN, TARGETS, masks, model_seeds(4, 9)),
    ]
    results = [train_outputs(algorithm, *call, pieces=store).outputs.values for call in calls]
    assert len(algorithm.calls) == 5
    assert all((a != b).any() for i, a in enumerate(results) for b in results[:i])


def test_a_tenth_may_diverge_and_is_named():
    seeds = model_seeds(10, 0)
    result = run(Means(diverging=(seeds[3],)))
    assert result.diverged == ((3, seeds[3]),)
    np.testing.assert_array_equal(np.flatnonzero(~result.kept), [3])
    np.testing.assert_array_equal(result.outputs.values, np.delete(run().outputs.values, 3, axis=0))


def test_more_than_a_tenth_stops_the_work_early():
    seeds = model_seeds(10, 0)
    algorithm = Means(diverging=(seeds[1], seeds[2]))
    with pytest.raises(TrainingError, match=f"2 of 10 models diverged.*seed {seeds[1]}"):
        run(algorithm)
    assert algorithm.calls == [4]


def test_a_damaged_chunk_is_named_and_trained_again(tmp_path):
    algorithm = Means()
    with RunStore.open(tmp_path / "run", {}) as store:
        first = run(algorithm, pieces=store)
    victim = next((tmp_path / "run").glob("arrays/outputs/000004*/values/c/0/0"))
    content = bytearray(victim.read_bytes())
    content[5] ^= 1
    victim.write_bytes(bytes(content))
    with RunStore.open(tmp_path / "run", {}) as store:
        again = run(algorithm, pieces=store)
        assert algorithm.calls == [4, 4, 2, 4]
        assert len(again.repaired) == 1
        assert str(victim) in again.repaired[0]
        np.testing.assert_array_equal(first.outputs.values, again.outputs.values)
        assert run(algorithm, pieces=store).repaired == ()


def test_chunks_finished_before_a_failure_are_kept():
    store = MemoryStore()

    class Full(MemoryStore):
        def save_arrays(self, *arguments, **settings):
            if len(store.pieces) == 2:
                raise StoreError("the disk is full")
            store.save_arrays(*arguments, **settings)

    with pytest.raises(StoreError, match="the disk is full"):
        run(pieces=Full())
    algorithm = Means()
    run(algorithm, pieces=store)
    assert algorithm.calls == [2]


def test_too_little_memory_is_explained():
    class Huge(Means):
        def train(self, *arguments):
            return np.empty((2**50, 2))

    with pytest.raises(TrainingError, match=r"out of memory .*fewer workers or a smaller chunk"):
        run(Huge())


def threads_in_a_worker(task):
    class Counting(Means):
        def train(self, *arguments):
            import torch  # noqa: F401  it brings a pool of its own

            pools.extend(pool["num_threads"] for pool in threadpool_info())
            return super().train(*arguments)

    pools = []
    train_outputs(Counting(), TRAIN, TARGETS, np.ones((1, 30), dtype=bool), [1])
    return pools


def test_a_worker_computes_on_one_thread(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    ((_, pools),) = Processes(workers=1).run(threads_in_a_worker, [0])
    assert pools
    assert set(pools) == {1}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output": "loss"}, "unknown output 'loss'.*'margin'"),
        ({"output": "negative-error"}, "has classes to predict"),
        ({"chunk": 0}, "chunk size must be at least 1"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        run(**settings)


def test_masks_and_seeds_must_agree():
    with pytest.raises(InputError, match="one seed a model"):
        train_outputs(Means(), TRAIN, TARGETS, draw_masks(3, 30, 0.5, 0), [1, 2])
