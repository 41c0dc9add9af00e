import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from traindiff.cli import main

STUDY = """
[data]
source = "recipes_of_cli:leaky"
train = 100
targets = 60
verification = 60
[a]
kind = "function"
name = "sees all"
function = "recipes_of_cli:ridge"
[b]
kind = "function"
name = "blind"
function = "recipes_of_cli:ridge"
arguments = { blind = true }
[train]
models = 64
engine = "inline"
[compare]
permutations = 99
"""


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["traindiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return stop.value.code, printed.out, printed.err

    return call


@pytest.fixture
def study(tmp_path, request, monkeypatch):
    monkeypatch.delitem(sys.modules, "recipes_of_cli", raising=False)  # an earlier test's
    recipes = request.path.parents[1] / "study" / "recipes.py"
    (tmp_path / "recipes_of_cli.py").write_text(recipes.read_text())
    path = tmp_path / "leak.toml"
    path.write_text(STUDY)
    return path


def outputs(seed, extra=0.0, models=200):
    rng = np.random.default_rng(seed)
    masks = np.random.default_rng(0).permuted(np.tile([0, 1], (models, 15)), axis=1).astype(bool)
    weights = np.random.default_rng(1).normal(size=(30, 12))
    weights[:4, :6] += extra
    return {"masks": masks, "values": masks @ weights + rng.normal(size=(models, 12))}


def test_a_study_runs_resumes_reports_and_takes_an_idea(cli, study, monkeypatch):
    code, out, err = cli("run", study)
    assert code == 0
    assert "use their training data" in out
    assert "runs/leak/report.html" in out
    assert "training outputs/a" in err
    assert cli("status", "runs/leak")[1].count("complete") == 2

    def refuse(*arguments):
        raise AssertionError("trained again")

    with monkeypatch.context() as patch:
        patch.setattr("traindiff.training.work.ModelsWork.train_here", refuse)
        assert cli("report", "runs/leak", "--quiet")[2] == ""
        Path("runs/leak/study.json").write_text("{")
        code, out, _ = cli("run", "runs/leak", "--quiet")
    assert code == 0
    assert "study.json is damaged" in out
    code, out, _ = cli(
        "verify", "runs/leak", "--transform", "permute(column=leak)", "--side", "A",
        "--author", "me", "--quiet", "--json",
    )  # fmt: skip
    assert code == 0
    assert "me" in [trial["author"] for trial in json.loads(out)["trials"]]


def test_a_plan_says_what_would_be_trained_and_trains_nothing(cli, study, tmp_path):
    code, out, _ = cli("run", study, "--dry-run")
    assert code == 0
    assert "A (sees all): 64 of 64 models to train" in out
    assert "training takes about" in out
    code, out, _ = cli("run", study, "--models", 128, "--dry-run")
    assert (code, "A (sees all): 128 of 128 models to train" in out) == (0, True)
    assert not (tmp_path / "runs").exists()


def test_an_unfinished_run_says_what_is_left(cli, study, monkeypatch):
    def stop(*arguments, **named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("traindiff.training.work.OutputsWork.__call__", stop)
        code, _, err = cli("run", study)
    assert code == 130
    assert "continue with: traindiff run runs/leak" in err
    assert "0 of 64 models, 64 left" in cli("status", "runs/leak")[1]
    code, _, err = cli("report", "runs/leak")
    assert code == 2
    assert "128 models are still to be trained" in err
    assert cli("run", "runs/leak", "-q")[0] == 0


def test_arrays_made_elsewhere_are_compared(cli, tmp_path):
    np.savez(tmp_path / "a.npz", **outputs(2, extra=1.5))
    np.savez(tmp_path / "b.npz", **outputs(3))
    code, out, _ = cli("compare", "a.npz", "b.npz", "--permutations", 99, "--json", "-q")
    assert code == 0
    assert json.loads(out)["answer"]["found"] is True
    np.savez(tmp_path / "c.npz", **outputs(4))
    code, out, _ = cli("compare", "b.npz", "c.npz", "--permutations", 99, "--json", "-q")
    assert json.loads(out)["answer"]["found"] is False


@pytest.mark.parametrize(
    ("how", "headline"),
    [
        ("rows of masks", "B's outputs do not follow its masks"),
        ("targets", "B's targets fit A's in another order far better"),
        ("train", "B's training examples fit A's in another order far better"),
        ("inverted", "A's and B's datamodels are opposite"),
        ("a loss", "A's and B's datamodels are opposite"),
        ("twice", "A and B are the same outputs"),
    ],
)
def test_arrays_that_do_not_fit_are_the_headline_and_exit_code_2(cli, tmp_path, how, headline):
    a, b = outputs(2), outputs(3)
    rng = np.random.default_rng(0)
    wrong = {
        "rows of masks": {"masks": rng.permutation(b["masks"])},
        "targets": {"values": b["values"][:, rng.permutation(12)]},
        "train": {"masks": b["masks"][:, rng.permutation(30)]},
        "inverted": {"masks": ~b["masks"]},
        "a loss": {"values": -b["values"]},
        "twice": a,
    }
    np.savez(tmp_path / "a.npz", **a)
    np.savez(tmp_path / "b.npz", **(b | wrong[how]))
    code, out, _ = cli("compare", "a.npz", "b.npz", "--permutations", 19, "-q")
    assert code == 2
    told = " ".join(out.split())
    assert told.startswith(f"a against b {headline}")
    assert "Taken as they were given:" in told


def test_named_examples_are_put_in_one_order_or_refused(cli, tmp_path):
    a, b = outputs(2, extra=1.5), outputs(3)
    rng = np.random.default_rng(1)
    train, targets = rng.permutation(30), rng.permutation(12)
    ids = {"train_ids": np.arange(30), "target_ids": np.array([f"t{i}" for i in range(12)])}
    moved = {
        "masks": b["masks"][:, train],
        "values": b["values"][:, targets],
        "train_ids": ids["train_ids"][train],
        "target_ids": ids["target_ids"][targets],
    }
    for name, arrays in {"a": a | ids, "b": b | ids, "moved": moved}.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
    told = []
    for name in ("b.npz", "moved.npz"):
        code, out, _ = cli("compare", "a.npz", name, "--permutations", 19, "--json", "-q")
        assert code == 0
        told.append({key: json.loads(out)[key] for key in ("answer", "points", "similarity")})
    assert told[0] == told[1]
    for changed, message in (
        ({"train_ids": ids["train_ids"] + 1}, "1 of A's 30 training examples are not among B's"),
        ({"labels": np.arange(12)}, "labels of A and B disagree for 12 of 12 targets"),
        ({"target_ids": ids["target_ids"][:3]}, "target_ids must name each of the 12 columns"),
    ):
        np.savez(tmp_path / "other.npz", **(b | ids | changed))
        np.savez(tmp_path / "labelled.npz", **(a | ids), labels=np.arange(12)[::-1] + 12)
        code, _, err = cli("compare", "labelled.npz", "other.npz", "--permutations", 19)
        assert code == 2
        assert message in " ".join(err.split())


def test_named_scores_are_put_in_one_order(cli, tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 8, 20))
    order = rng.permutation(20)
    np.savez(tmp_path / "a.npz", scores=a, train_ids=np.arange(20))
    for name, columns in {"b": np.arange(20), "moved": order}.items():
        np.savez(tmp_path / f"{name}.npz", scores=b[:, columns], train_ids=columns)
    found = [cli("compare-scores", "a.npz", f"{name}.npz", "--json") for name in ("b", "moved")]
    assert [code for code, *_ in found] == [0, 0]
    assert len({str(json.loads(out)["points"]) for _, out, _ in found}) == 1
    np.savez(tmp_path / "other.npz", scores=b, train_ids=np.arange(1, 21))
    code, _, err = cli("compare-scores", "a.npz", "other.npz")
    assert code == 2
    assert "must name the same training examples" in " ".join(err.split())


def test_scores_are_compared_without_a_claim(cli, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(20, 30)))
    code, out, _ = cli("compare-scores", "a.npy", "b.npy", "--json")
    assert code == 0
    assert json.loads(out)["answer"]["found"] is None
    assert (tmp_path / "runs" / "a-b" / "report.html").exists()


def test_a_comparison_never_overwrites_another(cli, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(20, 30)))
    assert cli("compare-scores", "a.npy", "b.npy", "-o", "kept")[0] == 0
    before = (tmp_path / "kept" / "report.md").read_bytes()
    code, _, err = cli("compare-scores", "a.npy", "c.npy", "-o", "kept")
    assert code == 2
    assert "kept holds the report of another comparison: give another directory" in err
    assert (tmp_path / "kept" / "report.md").read_bytes() == before
    assert cli("compare-scores", "a.npy", "b.npy", "-o", "kept", "--directions", 3)[0] == 0
    (tmp_path / "other").mkdir()  # files of the same names in another folder
    np.save(tmp_path / "other" / "b.npy", rng.normal(size=(20, 30)))
    assert cli("compare-scores", "a.npy", "b.npy")[0] == 0
    assert cli("compare-scores", "a.npy", "other/b.npy")[0] == 2


def test_help_shows_the_shapes(cli):
    shapes = {
        "compare": ("[models, train]", "[models, targets]"),
        "compare-scores": ("[targets, train]",),
        "attribute": ("[checkpoints, targets, train]",),
        "compare-checkpoints": ("[checkpoints, targets, train]",),
    }
    for command, expected in shapes.items():
        shown = " ".join(cli(command, "--help")[1].split())
        for shape in expected:
            assert shape in shown, command


def test_an_interrupt_ends_with_130(cli, tmp_path, monkeypatch):
    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("traindiff.cli.arrays.read_outputs", stop)
    assert cli("compare", "a.npz", "b.npz")[0] == 130


HOSTILE = "a\x1b]0;mine\x07\x1b[2J\u202e\nReport: elsewhere"


def test_no_name_gives_the_terminal_an_order(cli, tmp_path):
    np.save(tmp_path / f"{HOSTILE}.npy", np.random.default_rng(0).normal(size=(20, 30)))
    np.save(tmp_path / "b.npy", np.random.default_rng(1).normal(size=(20, 30)))
    code, out, err = cli("compare-scores", f"{HOSTILE}.npy", "b.npy")
    assert code == 0
    assert "\\x1b]0;mine\\x07\\x1b[2J\\u202e\\nReport: elsewhere against b" in out
    shown = [out, err, cli("compare-scores", f"{HOSTILE}.npy", "b.npy", "--json")[1]]
    shown += cli("compare-scores", f"no{HOSTILE}.npy", "b.npy")[1:]
    shown += cli("run", f"{HOSTILE}.toml")[1:]
    markdown = next((tmp_path / "runs").iterdir()) / "report.md"
    for text in [*shown, markdown.read_text()]:
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "\nReport: elsewhere" not in text


def test_bad_files_are_one_clear_message_and_exit_code_2(cli, tmp_path):
    np.savez(tmp_path / "good.npz", **outputs(2))
    broken = outputs(3)
    broken["values"][5, 6] = np.nan
    np.savez(tmp_path / "nan.npz", **broken)
    np.savez(tmp_path / "half.npz", masks=broken["masks"])
    np.savez(tmp_path / "short.npz", **outputs(4, models=100))
    np.savez(tmp_path / "other.npz", masks=broken["masks"][:, :20], values=outputs(5)["values"])
    np.savez(tmp_path / "grey.npz", masks=broken["masks"] * 0.3, values=outputs(5)["values"])
    np.savez(tmp_path / "objects.npz", masks=np.array([None, "x"], dtype=object))
    np.save(tmp_path / "one.npy", np.ones((3, 3)))
    (tmp_path / "text.npz").write_text("hello")
    expected = {
        "nan.npz": "model 5, target 6",
        "half.npz": "has no array 'values'",
        "other.npz": "20 on the train axis",
        "grey.npz": "masks must hold only 0 and 1",
        "objects.npz": "must be a readable",
        "one.npy": "expected an .npz file",
        "text.npz": "must be a readable",
        "none.npz": "does not exist",
    }
    for name, message in expected.items():
        code, out, err = cli("compare", "good.npz", name)
        assert (code, out) == (2, ""), name
        assert message in err, name
        assert "Traceback" not in err
    assert cli("compare", "good.npz", "short.npz", "-q", "--permutations", 19)[0] == 0
    assert cli("compare-scores", "good.npz", "one.npy")[0] == 2


@pytest.mark.parametrize("arguments", [("run", "no.toml"), ("status", "."), ("run", ".")])
def test_what_is_no_study_is_refused(cli, arguments):
    code, _, err = cli(*arguments)
    assert code == 2
    assert err.startswith("error: ")


def test_help_and_import_leave_heavy_libraries_alone():
    script = (
        "import sys, traindiff, traindiff.cli.app; "
        "heavy = {'torch', 'sklearn', 'altair', 'pandas', 'numba', 'zarr'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
