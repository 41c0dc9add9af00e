import os
from types import SimpleNamespace

import numpy as np
import pytest

from traindiff.study.progress.pace import seconds_per_model
from traindiff.study.progress.status import _time_left
from traindiff.training import Inline

CHUNK = 8


def finished(run_dir, times, chunk=CHUNK):
    for index, at in enumerate(times):
        piece = run_dir / "arrays/outputs/a" / f"{index * chunk:06d}-{(index + 1) * chunk:06d}.x"
        piece.mkdir(parents=True)
        os.utime(piece, (0, at))


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
def test_the_pace_is_that_of_all_workers_in_step_or_not(tmp_path, workers, spread, apart):
    finished(tmp_path, pool(workers, 40, 30.0, spread, apart))
    found = seconds_per_model(tmp_path, ["a"], workers=workers)
    assert found == pytest.approx(30.0 / (CHUNK * workers), rel=0.1)


def test_pauses_and_a_clock_that_jumps_do_not_count(tmp_path):
    times = pool(2, 40, 30.0, 0.1)
    times[10:] += 50_000  # a night
    times[25:] += 3e8  # a clock set right
    times[30:] -= 2e8  # and wrong again
    finished(tmp_path, times)
    assert seconds_per_model(tmp_path, workers=2) == pytest.approx(30.0 / (CHUNK * 2), rel=0.1)


def test_the_time_left_is_not_known_while_no_scheduler_answers(tmp_path):
    pytest.importorskip("distributed")
    from traindiff.training.dask import Dask

    study = SimpleNamespace(engine=Dask(address="tcp://127.0.0.1:9", timeout=0.3))
    assert _time_left(study, tmp_path, 10).startswith("not known: no Dask scheduler")
    study = SimpleNamespace(engine=Inline())
    assert _time_left(study, tmp_path, 10) == "not known before a few chunks of models are done"
    finished(tmp_path, pool(1, 10, 240.0))
    assert _time_left(study, tmp_path, 80) == "about 40 minutes"


def test_too_few_chunks_tell_nothing(tmp_path):
    assert seconds_per_model(tmp_path) is None
    finished(tmp_path, [1.0, 2.0, 3.0])
    assert seconds_per_model(tmp_path) == pytest.approx(1 / CHUNK)
    assert seconds_per_model(tmp_path, workers=3) is None
