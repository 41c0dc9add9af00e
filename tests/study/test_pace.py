from types import SimpleNamespace

import numpy as np
import pytest

from traindiff.store import FinishedPiece
from traindiff.study.progress.pace import seconds_per_model
from traindiff.study.progress.status import _time_left

CHUNK = 8


def finished(times, chunk=CHUNK):
    return [
        FinishedPiece(name=f"{index * chunk:06d}-{(index + 1) * chunk:06d}", time=at)
        for index, at in enumerate(times)
    ]


def pool(workers, chunks, seconds, spread=0.0, apart=0.0):
    """Return when chunks are finished by workers that take ``seconds`` for each."""
    rng = np.random.default_rng(0)
    ready = np.arange(workers) * apart
    times = []
    for _ in range(chunks):
        worker = ready.argmin()
        ready[worker] += seconds * rng.uniform(1 - spread, 1 + spread)
        times.append(ready[worker])
    return 1e9 + np.sort(times)


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize(("spread", "apart"), [(0.0, 0.0), (0.01, 0.0), (0.3, 1.0)])
def test_the_pace_is_that_of_all_workers_in_step_or_not(workers, spread, apart):
    found = seconds_per_model(finished(pool(workers, 40, 30.0, spread, apart)), workers=workers)
    assert found == pytest.approx(30.0 / (CHUNK * workers), rel=0.1)


def test_pauses_and_a_clock_that_jumps_do_not_count():
    times = pool(2, 40, 30.0, 0.1)
    times[10:] += 50_000  # a night
    times[25:] += 3e8  # a clock set right
    times[30:] -= 2e8  # and wrong again
    assert seconds_per_model(finished(times), workers=2) == pytest.approx(
        30.0 / (CHUNK * 2), rel=0.1
    )


def test_the_time_left_is_not_known_while_no_scheduler_answers():
    def told(workers, times):
        stage = SimpleNamespace(name="masks")
        store = SimpleNamespace(finished=lambda name: finished(times))
        return _time_left(SimpleNamespace(workers=workers, stages=[stage]), store, total=80)

    assert told(None, []).startswith("not known: the Dask scheduler did not answer")
    assert told(1, []) == "not known before a few chunks of models are done"
    assert told(1, pool(1, 10, 240.0)) == "about 40 minutes"


def test_too_few_chunks_tell_nothing():
    assert seconds_per_model([]) is None
    assert seconds_per_model(finished([1.0, 2.0, 3.0])) == pytest.approx(1 / CHUNK)
    assert seconds_per_model(finished([1.0, 2.0, 3.0]), workers=3) is None
