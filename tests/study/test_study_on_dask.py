"""A study on a real scheduler with two real worker processes."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("distributed")

from distributed import LocalCluster

from traindiff.cli import main
from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.study.files import study_from
from traindiff.training import Inline
from traindiff.training.dask import Dask

pytestmark = pytest.mark.filterwarnings("default")  # distributed's own, on closing

STUDY = """
[data]
source = "digits"
train = 60
targets = 40
verification = 40
[a]
kind = "torch"
epochs = 2
[b]
kind = "torch"
epochs = 2
augment = [{ kind = "shift", pixels = 1 }]
[train]
models = 40
chunk = 8
engine = "inline"
[compare]
permutations = 19
[verify]
models = 5
proposals = 0
[[verify.transform]]
kind = "shift"
dx = 1
"""


def settings(**train):
    return {
        "data": {"source": "digits", "train": 60, "targets": 40, "verification": 40},
        "a": {"kind": "torch"},
        "b": {"kind": "torch"},
        "train": {"models": 40, **train},
    }


@pytest.fixture(scope="module")
def address():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running.scheduler_address


@pytest.fixture
def cli(capsys, monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["traindiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, capsys.readouterr().err

    return call


def test_dask_gives_the_bits_of_one_process(cli, address, tmp_path, monkeypatch):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    assert cli("run", path, "--out", tmp_path / "inline" / "run")[0] == 0

    def refuse(work, chunk):
        raise AssertionError("trained outputs in the coordinator")

    with monkeypatch.context() as patch:  # the workers import the class themselves
        patch.setattr("traindiff.training.work.OutputsWork.__call__", refuse)
        code, told = cli("run", path, "--out", tmp_path / "dask" / "run", "--dask", address, "-q")
    assert (code, told) == (0, "")
    inline, dask = (tmp_path / place / "run" for place in ("inline", "dask"))
    assert (inline / "report.json").read_bytes() == (dask / "report.json").read_bytes()
    assert (inline / "study.json").read_bytes() == (dask / "study.json").read_bytes()
    chunks = [
        sorted(file for file in (place / "arrays").rglob("*") if file.is_file())
        for place in (inline, dask)
    ]
    assert len(chunks[0]) == len(chunks[1]) > 40
    for ours, theirs in zip(*chunks, strict=True):
        assert ours.relative_to(inline) == theirs.relative_to(dask)
        assert ours.read_bytes() == theirs.read_bytes()


def test_the_plan_knows_the_schedulers_workers(address, tmp_path):
    study = study_from(settings(engine="dask", scheduler=address), tmp_path / "other")
    assert study.job(Silent()).setup.engine.capacity() == 2


def test_where_models_are_trained_is_no_part_of_the_study(address, tmp_path):
    places = ({"engine": "inline"}, {"engine": "dask"}, {"engine": "dask", "scheduler": address})
    jobs = [study_from(settings(**place), tmp_path).job(Silent()) for place in places]
    assert jobs[0].describe() == jobs[1].describe() == jobs[2].describe()
    assert jobs[0].identity == jobs[2].identity
    np.testing.assert_array_equal(jobs[0].source.sides()[1].masks, jobs[2].source.sides()[1].masks)


def test_local_means_a_cluster_on_this_machine(cli, tmp_path, monkeypatch):
    asked = []

    def engine(address, workers=None, patience=None):
        asked.append((address, workers))
        return Inline()

    monkeypatch.setattr("traindiff.training.dask.Dask", engine)
    path = tmp_path / "study.toml"
    path.write_text(STUDY.replace('engine = "inline"', "workers = 3"))
    assert cli("run", path, "--out", tmp_path / "run", "--dask", "local", "--dry-run")[0] == 0
    assert asked == [(None, 3)]


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"engine": "inline", "scheduler": "tcp://x:1"}, "needs engine = 'dask'"),
        (
            {"engine": "dask", "scheduler": "tcp://x:1", "workers": 2},
            "leave out workers or scheduler",
        ),
        ({"engine": "ray"}, r"train\.engine"),
    ],
)
def test_impossible_places_are_refused(tmp_path, train, message):
    with pytest.raises(InputError, match=message):
        study_from(settings(**train), tmp_path)


def test_a_scheduler_that_is_not_there_is_named(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "traindiff.training.dask.Dask",
        lambda address, **_: Dask(address=address, timeout=0.5),
    )
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    code, told = cli("run", path, "--out", tmp_path / "run", "--dask", "tcp://127.0.0.1:9", "-q")
    assert code == 2
    assert "no Dask scheduler with a worker answers at 'tcp://127.0.0.1:9'" in told


def test_without_the_extra_the_message_says_what_to_install(tmp_path):
    script = (
        "import sys; sys.modules['distributed'] = None; "
        "from traindiff.cli import main; "
        "sys.argv = ['traindiff', 'run', 'study.toml', '--dask', 'local']; main()"
    )
    (tmp_path / "study.toml").write_text(STUDY)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "needs distributed: pip install 'traindiff[dask]'" in done.stderr
