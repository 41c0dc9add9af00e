"""One study, one report.json: however it was run, by whom, how often, in which order of keys."""

import shutil

import pytest

from traindiff.study.files import reopen, study_from

NETWORK = {"kind": "torch", "epochs": 2, "lr": 0.01, "device": "cpu", "module": "mlp"}


def settings(engine="inline", **train):
    small = {"models": 20, "seed": 1, "chunk": 8, "engine": engine, **train}
    return {
        "title": "twice",
        "data": {"source": "digits", "verification": 40, "train": 40, "targets": 20},
        "b": {**NETWORK, "arguments": {"hidden": [9], "activation": "relu"}},
        "a": {**NETWORK, "augment": [{"kind": "shift", "pixels": 1}]},
        "train": small,
        "compare": {"permutations": 19},
        "verify": {
            "resamples": 100,
            "models": 18,
            "proposals": 0,
            "transform": [{"kind": "shift", "dy": 0, "dx": 1}],
        },
    }


def report(run_dir):
    return (run_dir / "report.json").read_bytes()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "first"
    study_from(settings(), run_dir).run()
    return run_dir


def test_a_reopened_run_makes_lost_pieces_anew_to_the_same_bytes(first, tmp_path):
    again = shutil.copytree(first, tmp_path / "again")
    for name in ("outputs/a", "verification/b"):
        pieces = sorted((again / "arrays" / name).iterdir())
        shutil.rmtree(pieces[0])
        shutil.rmtree(pieces[-1])
    for _ in range(2):  # by its document, whose keys are in order; then with nothing left to train
        reopen(again, trust=True).run()
        assert report(again) == report(first)


def test_engine_and_workers_show_in_the_study_file_alone(first, tmp_path):
    study_from(settings("processes", workers=2), tmp_path / "other").run()
    written = report(tmp_path / "other").replace(b"processes", b"inline")
    assert written.replace(b"workers = 2\\n", b"") == report(first)
