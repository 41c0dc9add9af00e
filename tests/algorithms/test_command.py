import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.algorithms.torch_cases import images, quiet, subsets

from traindiff.algorithms.command.algorithm import CommandAlgorithm
from traindiff.errors import InputError, TrainingError
from traindiff.store import MemoryStore
from traindiff.study.sides import Side
from traindiff.training import train_outputs

HEAD = """
import json, sys, time
from pathlib import Path
import numpy as np
place = Path(sys.argv[1])
task = json.loads((place / "task.json").read_text())
subset = np.load(task["subset"]); inputs = np.load(task["inputs"])
labels = np.load(task["train_labels"])[subset]
first = not (place / "seen").exists(); (place / "seen").touch()
shares = np.bincount(labels, minlength=task["n_outputs"])
shares = shares + np.random.default_rng(task["seed"]).random()
outputs = np.tile(shares, (len(inputs), 1)) + inputs.mean(axis=(1, 2, 3))[:, None]
"""


def script(tmp_path, body):
    path = tmp_path / "script.py"
    path.write_text(HEAD + body)
    return path


def command(path, **settings):
    return CommandAlgorithm(name="A", command=("python", str(path)), **settings)


def ask(algorithm, models=2):
    data = images()
    masks = subsets(models, 40, 20)
    return algorithm.train(data, masks, [7, 8, 9][:models], quiet).predict(data.inputs)


def test_a_script_gets_its_subset_and_seed_and_answers(tmp_path):
    data, masks = images(), subsets(2, 40, 20)
    outputs = ask(command(script(tmp_path, "np.save(task['outputs'], outputs)")))
    assert outputs.dtype == np.float32
    for model, seed in enumerate((7, 8)):
        shares = np.bincount(data.labels[masks[model]], minlength=3)
        expected = shares + np.random.default_rng(seed).random()
        expected = expected + data.inputs.mean(axis=(1, 2, 3))[:, None]
        np.testing.assert_allclose(outputs[model], expected, rtol=1e-5)


def test_the_directory_may_come_anywhere_in_the_command(tmp_path):
    path = script(tmp_path, "np.save(task['outputs'], outputs)")
    plain = ask(command(path))
    placed = CommandAlgorithm(name="A", command=(sys.executable, str(path), "{directory}", "x"))
    np.testing.assert_array_equal(ask(placed), plain)


def test_the_example_script_learns():
    path = Path(__file__).parents[2] / "examples" / "train_script.py"
    data = images()
    ensemble = command(path).train(data, subsets(1, 40, 20), [7], quiet)
    outputs = ensemble.predict(data.inputs)
    assert (outputs[0].argmax(axis=1) == data.labels).mean() > 0.8
    np.testing.assert_array_equal(ensemble.predict(data.inputs), outputs)  # from its own weights


@pytest.mark.parametrize(
    "body",
    [
        "if first: sys.exit(3)\nnp.save(task['outputs'], outputs)",
        "if first: sys.exit(0)\nnp.save(task['outputs'], outputs)",
        "if first: outputs[0] = np.nan\nnp.save(task['outputs'], outputs)",
    ],
)
def test_a_failure_is_tried_again_and_counted(tmp_path, body):
    data, masks = images(), subsets(2, 40, 20)
    ensemble = command(script(tmp_path, body), retries=1).train(data, masks, [7, 8], quiet)
    assert np.isfinite(ensemble.predict(data.inputs)).all()
    np.testing.assert_array_equal(ensemble.failures(), [1, 1])


def test_failures_are_kept_with_the_outputs_and_told_in_the_notes(tmp_path):
    body = "if first and task['seed'] % 2: sys.exit(3)\nnp.save(task['outputs'], outputs)"
    algorithm = command(script(tmp_path, body))
    data, masks, seeds = images(), subsets(4, 40, 20), [1, 2, 3, 4]
    store = MemoryStore()
    for _ in range(2):
        trained = train_outputs(algorithm, data, data, masks, seeds, chunk=2, pieces=store)
        assert trained.failures == 2
    side = Side(stage="outputs", letter="a", algorithm=algorithm, masks=masks, seeds=seeds)
    assert side.failed(trained.failures) == ("2 calls of A's command failed; tried again.",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "print('no data'); sys.exit(3)",
            r"(?s)failed 2 times: it ended with exit code 3.*no data",
        ),
        ("sys.exit(0)", "it wrote no outputs.npy"),
        ("Path(task['outputs']).write_text('x')", "outputs.npy can't be read"),
        ("Path(task['outputs']).write_text('')", "outputs.npy can't be read"),
        ("np.save(task['outputs'], outputs.T)", "must be numbers of shape"),
        ("np.save(task['outputs'], outputs.astype(str))", "must be numbers of shape"),
        ("np.save(task['outputs'], outputs.astype(object))", "outputs.npy can't be read"),
        ("raise ValueError('of my own')", r"(?s)exit code 1.*of my own"),
    ],
)
def test_a_failure_that_stays_is_told_with_the_models_name(tmp_path, body, message):
    with pytest.raises(TrainingError, match=message) as caught:
        ask(command(script(tmp_path, body), retries=1))
    assert "model 0 of 2 (seed 7)" in str(caught.value)


def test_a_script_that_hangs_is_ended_with_its_children(tmp_path):
    body = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"Path({str(tmp_path)!r}, 'pid').write_text(str(child.pid))\n"
        "time.sleep(60)"
    )
    with pytest.raises(TrainingError, match=r"longer than 1\.5 s"):
        ask(command(script(tmp_path, body), timeout=1.5, retries=0), models=1)
    status = Path("/proc", (tmp_path / "pid").read_text(), "status")
    give_up = time.monotonic() + 20  # a killed process may still wait for its turn to end
    while alive(status) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not alive(status)


def alive(status):
    try:
        return "zombie" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_temporary_directory_that_cannot_be_written_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(TrainingError, match=r"can't be written to .*none \(No such .* set TMPDIR"):
        ask(command(script(tmp_path, "")))


def test_a_command_that_is_not_there_is_told():
    algorithm = CommandAlgorithm(name="A", command=("no-such-program-here",), retries=0)
    with pytest.raises(TrainingError, match="can't be started"):
        ask(algorithm)


def test_a_model_that_diverges_says_so_in_its_row_alone(tmp_path):
    body = "if task['seed'] == 8: outputs[3] = np.inf\nnp.save(task['outputs'], outputs)"
    outputs = ask(command(script(tmp_path, body)))
    np.testing.assert_array_equal(np.isfinite(outputs).all(axis=(1, 2)), [True, False])


def test_describe_notices_a_changed_script(tmp_path):
    before = command(script(tmp_path, "pass")).describe()
    assert command(script(tmp_path, "pass ")).describe() != before
    assert command(script(tmp_path, "pass"), version="2").describe() != before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"command": ()}, "command must be a list"),
        ({"command": "python train.py"}, "command must be a list"),
        ({"command": ("x",), "timeout": 0}, "timeout must be a positive number"),
        ({"command": ("x",), "retries": -1}, "retries must be a whole number of at least 0"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        CommandAlgorithm(name="A", **settings)


def test_models_are_never_restored():
    algorithm = CommandAlgorithm(name="A", command=("x",))
    with pytest.raises(InputError, match="never restored"):
        algorithm.restore(images(), {})
