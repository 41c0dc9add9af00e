import json
import os
import subprocess
import sys
import time
from operator import attrgetter
from pathlib import Path

import attribution_cases as cases
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import traindiff as td
from traindiff import InputError
from traindiff.cli import main
from traindiff.datasets.groups import groups_of
from traindiff.study.files import study_from

DATA = {"source": "digits", "train": 100, "targets": 60, "verification": 60}
RECIPE = {"kind": "torch", "arguments": {"hidden": [8]}, "epochs": 3}
QUICK = {"proposals": 0}


def study(run_dir, **changes):
    settings = {
        "data": DATA,
        "a": {**RECIPE, "name": "plain"},
        "b": {**RECIPE, "name": "longer", "epochs": 20},
        "train": {"engine": "inline"},
        "attribute": {"checkpoints": 6},
        "verify": QUICK,
    }
    return study_from({**settings, **changes}, run_dir)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "attributed"
    return study(run_dir).run()


def test_a_study_with_attribute_compares_checkpoints(finished):
    found = finished.comparison
    assert found.method == "checkpoints"
    assert tuple(found.n_models) == (6, 6)
    assert found.test.smallest_p_value == pytest.approx(1 / 201)
    assert found.p_value <= 0.05
    assert finished.outputs_a.masks.all()
    assert finished.agreement is not None
    assert finished.evidence.findings.datamodels.a.weights.shape == (60, 100)


def test_its_report_says_which_kind_of_evidence_was_used(finished):
    page = finished.report_path.read_text()
    assert "a few checkpoints of each algorithm" in page
    assert "Many models of each algorithm were trained on random subsets" not in page
    document = json.loads(finished.report_path.with_suffix(".json").read_text())
    assert document["method"] == "checkpoints"


def test_a_second_run_trains_and_attributes_nothing(finished, monkeypatch):
    run_dir = finished.report_path.parent
    before = finished.report_path.read_bytes()

    def never(*arguments, **keywords):
        raise AssertionError("computed again")

    monkeypatch.setattr("traindiff.algorithms.torch.algorithm.TorchAlgorithm.train", never)
    monkeypatch.setattr("traindiff.attribution.methods.trak.Trak.keep", never)
    assert study(run_dir).run().report_path.read_bytes() == before


RUN = """
import sys
import test_attribution_study
test_attribution_study.study(sys.argv[1]).run()
"""


def test_a_run_that_was_killed_continues_and_ends_the_same(finished, tmp_path):
    run_dir, folder = tmp_path / "run", str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *sys.path])}
    command = [sys.executable, "-c", RUN, str(run_dir)]
    trained = 12
    with subprocess.Popen(command, env=environment) as process:
        while process.poll() is None and len(list(run_dir.glob("arrays/*/*/*"))) <= trained + 2:
            time.sleep(0.002)
        process.kill()
    assert not (run_dir / "report.html").exists()
    again = study(run_dir).run()
    assert again.report_path.read_bytes() == finished.report_path.read_bytes()


def test_the_plan_counts_checkpoints(tmp_path):
    lines = list(study(tmp_path / "run").plan())
    assert "100 training examples, of which each model sees 100%; 60 targets." in lines
    assert "A (plain): 6 of 6 models to train" in lines
    costs = [line for line in lines if "to attribute, on one core" in line]
    # Of 6 checkpoints, each: scores of 60 targets and 610 kept numbers, of 100 examples, float32.
    assert len(costs) == 2
    assert all("1.6 MB of attributions on disk" in line for line in costs)
    assert any("training and attribution take about" in line for line in lines)


def test_the_plan_counts_checkpoint_files(tmp_path, finished):
    files = saved(finished, tmp_path)
    lines = list(study(tmp_path / "run", attribute=files).plan())
    assert "A (plain): 6 checkpoint files to attribute" in lines
    assert not any("models to train" in line for line in lines)


def test_the_same_recipe_twice_gives_other_checkpoints(tmp_path):
    same = {**RECIPE, "name": "again"}
    result = study(tmp_path / "run", a=same, b=same).run()
    assert not np.array_equal(result.outputs_a.values, result.outputs_b.values)


def saved(finished, folder, change=lambda state: state):
    """Write the checkpoints of a finished study to files; return the settings that read them."""
    with study(finished.report_path.parent).job(None).open(finished.report_path.parent) as store:
        for letter in "ab":
            for path in sorted((store.path / "arrays" / "checkpoints" / letter).iterdir()):
                name, fingerprint = path.name.rsplit(".", 1)
                arrays = store.load_arrays(f"checkpoints/{letter}/{name}", fingerprint)
                state = {key: torch.from_numpy(value[0].copy()) for key, value in arrays.items()}
                save_file(change(state), folder / f"{letter}{name}.safetensors")
    return {f"files_{letter}": str(folder / f"{letter}*.safetensors") for letter in "ab"}


def test_checkpoint_files_are_read_instead_of_trained(tmp_path, finished, monkeypatch):
    files = saved(finished, tmp_path)
    monkeypatch.setattr("traindiff.study.setup.train_ensemble", None)
    read = study(tmp_path / "read", attribute=files).run()
    for name in ("p_value", "projections", "directions", "n_models", "judged.strengths.a"):
        np.testing.assert_array_equal(
            *map(attrgetter(name), (read.comparison, finished.comparison))
        )
    np.testing.assert_array_equal(read.outputs_a.values, finished.outputs_a.values)
    np.testing.assert_array_equal(read.outputs_b.values, finished.outputs_b.values)


def test_checkpoint_files_of_half_precision_are_read(tmp_path, finished):
    files = saved(finished, tmp_path, lambda state: {k: v.bfloat16() for k, v in state.items()})
    read = study(tmp_path / "read", attribute=files).run()
    np.testing.assert_allclose(read.outputs_a.values, finished.outputs_a.values, atol=0.3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda state: {f"{name}_of": value for name, value in state.items()},
            r"safetensors does not fit the model: it lacks .* and holds \['.*_of",
        ),
        (
            lambda state: {**state, "5.weight": torch.zeros(2)},
            r"lacks nothing and holds \['5.weight'\] besides",
        ),
        (lambda state: {k: v * torch.nan for k, v in state.items()}, "it diverged"),
    ],
)
def test_checkpoint_files_of_another_network_are_refused(tmp_path, finished, change, message):
    files = saved(finished, tmp_path, change)
    with pytest.raises(InputError, match=message):
        study(tmp_path / "read", attribute=files).run()


def test_proposals_of_other_checkpoint_files_are_not_used(tmp_path, finished):
    files = saved(finished, tmp_path)
    before = study(tmp_path / "run", attribute=files).job(None).identity
    assert study(tmp_path / "run", attribute=files).job(None).identity == before
    saved(finished, tmp_path, lambda state: {k: 2 * v for k, v in state.items()})
    assert study(tmp_path / "run", attribute=files).job(None).identity != before


def test_more_checkpoints_continue_from_those_that_are_there(tmp_path, monkeypatch):
    few = study(tmp_path / "run", attribute={"checkpoints": 4}).run()
    trained = []
    train = td.TorchAlgorithm.train

    def counted(self, data, masks, seeds, advance):
        trained.extend(seeds)
        return train(self, data, masks, seeds, advance)

    monkeypatch.setattr(td.TorchAlgorithm, "train", counted)
    more = study(tmp_path / "run", attribute={"checkpoints": 5}).run()
    assert len(trained) == 2
    np.testing.assert_array_equal(more.outputs_a.values[:4], few.outputs_a.values)


def test_a_checkpoint_that_diverged_is_left_out_and_named(tmp_path, monkeypatch):
    calls = []

    def finite(state):
        calls.append(state)
        return np.array([len(calls) != 2])

    monkeypatch.setattr("traindiff.training.ensembles._finite", finite)
    result = study(tmp_path / "run").run()
    assert tuple(result.comparison.n_models) == (5, 6)
    assert len(result.outputs_a.values) == 5
    assert any("1 model of A diverged and was left out (seed" in note for note in result.notes)


def test_modules_with_tied_weights_and_passing_buffers_are_attributed(tmp_path):
    parts = td.split(td.load("digits"), train=80, targets=40, verification=40, seed=0)
    a, b = (
        td.TorchAlgorithm(name=name, module=cases.gridded, epochs=epochs)
        for name, epochs in (("a", 3), ("b", 12))
    )
    result = td.Study(
        parts, a, b, run_dir=tmp_path / "run", attribute={"checkpoints": 4}, verify=QUICK
    ).run()
    assert tuple(result.comparison.n_models) == (4, 4)


def test_a_missing_library_is_told_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kronfluence", None)
    with pytest.raises(InputError, match=r"pip install 'traindiff\[ekfac\]'"):
        study(tmp_path / "run", attribute={"method": "ekfac"}).job(None)


def test_groups_become_the_train_axis(tmp_path):
    parts = td.split(td.load("digits"), train=100, targets=60, verification=60, seed=0)
    source = np.array([f"source {i % 30:02d}" for i in range(100)])
    parts = td.Splits(
        train=td.Dataset(**{**vars_of(parts.train), "metadata": {"source": source}}),
        targets=parts.targets,
        verification=parts.verification,
    )
    a = td.TorchAlgorithm(name="a", arguments={"hidden": [8]}, epochs=3)
    b = td.TorchAlgorithm(name="b", arguments={"hidden": [8]}, epochs=20)
    grouped = {"train": {"group": "source"}, "verify": QUICK}
    subsets = td.Study(parts, a, b, run_dir=tmp_path / "subsets", models=40, **grouped).run()
    assert subsets.outputs_a.masks.shape == (40, 30)
    assert (subsets.outputs_a.masks.sum(axis=1) == 15).all()
    assert subsets.comparison.directions.shape[1] == 30
    assert subsets.evidence.splits.train.ids[7] == "source 07 (4)"
    few = td.Study(
        parts, a, b, run_dir=tmp_path / "few", attribute={"checkpoints": 4}, **grouped
    ).run()
    assert few.comparison.directions.shape[1] == 30


def test_groups_of_one_give_the_same_models_as_no_groups(tmp_path):
    parts = td.split(td.load("wine"), train=60, targets=30, verification=30, seed=0)
    parts = td.Splits(
        train=td.Dataset(**{**vars_of(parts.train), "metadata": {"row": np.arange(60)}}),
        targets=parts.targets,
        verification=parts.verification,
    )
    a = td.SklearnAlgorithm.named("sklearn.naive_bayes.GaussianNB", name="a")
    b = td.SklearnAlgorithm.named(
        "sklearn.naive_bayes.GaussianNB", name="b", params={"priors": [0.2, 0.3, 0.5]}
    )
    plain, single = (
        td.Study(parts, a, b, run_dir=tmp_path / name, models=40, verify=QUICK, train=train).run()
        for name, train in (("plain", {}), ("single", {"group": "row"}))
    )
    np.testing.assert_array_equal(single.outputs_a.values, plain.outputs_a.values)
    np.testing.assert_array_equal(single.outputs_a.masks, plain.outputs_a.masks)
    assert single.comparison.p_value == plain.comparison.p_value


def vars_of(data):
    return {name: getattr(data, name) for name in data.__dataclass_fields__}


def test_a_planted_group_is_found_and_a_null_is_not(tmp_path):
    """A ignores the examples of one group; nothing else differs."""
    rng = np.random.default_rng(0)
    n, size = 160, 40
    inputs = rng.normal(size=(n + 160, 3))
    group = np.arange(n) % size
    labels = inputs @ np.array([1.0, -1.0, 0.5]) + 0.1 * rng.normal(size=n + 160)
    labels[:n][group == 7] += 6.0
    data = td.Dataset(
        name="sources",
        modality="table",
        inputs=inputs,
        labels=labels,
        class_names=None,
        ids=tuple(map(str, range(n + 160))),
        columns=("x", "y", "z"),
        metadata={"source": np.r_[group, np.full(160, -1)]},
    )
    parts = td.Splits(
        train=data.take(np.arange(n)),
        targets=data.take(np.arange(n, n + 80)),
        verification=data.take(np.arange(n + 80, n + 160)),
    )
    outcomes = {}
    for name, drop in (("planted", 7), ("null", None)):
        a = td.FunctionAlgorithm(name="a", function=least_squares, arguments={"drop": drop})
        b = td.FunctionAlgorithm(name="b", function=least_squares, arguments={"jitter": 1e-3})
        outcomes[name] = td.Study(
            parts, a, b, run_dir=tmp_path / name, models=200, verify=QUICK,
            train={"group": "source"},
        ).run().comparison  # fmt: skip
    assert outcomes["planted"].p_value <= 0.01
    assert outcomes["planted"].test.train.statistics.argmax() == groups_of(
        parts.train, "source"
    ).names.index("7")
    assert outcomes["null"].p_value > 0.05


def least_squares(inputs, labels, seed, drop=None, jitter=0.0):
    keep = np.ones(len(labels), bool) if drop is None else np.abs(labels) < 4.5
    weights = np.linalg.lstsq(np.c_[inputs, np.ones(len(inputs))][keep], labels[keep], rcond=None)[
        0
    ]
    weights = weights + jitter * np.random.default_rng(seed).normal(size=4)
    return lambda new: (np.c_[new, np.ones(len(new))] @ weights)[:, None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attribute": {"checkpoints": 2}}, "attribute.checkpoints"),
        ({"attribute": {"method": "trak", "rigde": 1.0}}, "'rigde': did you mean 'ridge'"),
        ({"attribute": {"method": "tracing"}}, "unknown method 'tracing'"),
        ({"attribute": {"ridge": -1.0}}, "ridge must be a positive number"),
        ({"attribute": {"files_a": "no/such/*.pt"}}, "0 match 'no/such"),
        (
            {"a": {"kind": "sklearn", "estimator": "sklearn.svm.SVC"}},
            "a must have kind = 'torch'",
        ),
        ({"train": {"engine": "inline", "group": "no"}}, "unknown group 'no'"),
    ],
)
def test_an_impossible_study_is_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        study(tmp_path / "run", **changes).run()


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


def test_the_command_line_attributes_and_compares(cli, tmp_path):
    (tmp_path / "nets_of_cli.py").write_text(
        "import attribution_cases\n\ndef small():\n    return attribution_cases.network()\n"
    )
    train, targets = cases.classification()
    np.savez(tmp_path / "train.npz", inputs=train[0], labels=train[1])
    np.savez(tmp_path / "targets.npz", inputs=targets[0], labels=targets[1])
    np.save(tmp_path / "groups.npy", np.arange(20) // 2)
    for seed in range(8):
        torch.save(cases.network(seed=seed).state_dict(), tmp_path / f"{seed}.pt")
    data = ("--train", "train.npz", "--targets", "targets.npz", "--quiet")
    for name, files in (("a", "0.pt 1.pt 2.pt 3.pt"), ("b", "4.pt 5.pt 6.pt 7.pt")):
        code, out, _ = cli(
            "attribute", "nets_of_cli:small", *files.split(), *data, "-o", f"{name}.npy"
        )
        assert (code, out) == (0, f"{name}.npy: 4 checkpoints, 7 targets, 20 train\n")
    states = [torch.load(tmp_path / f"{seed}.pt", weights_only=True) for seed in range(4)]
    np.testing.assert_array_equal(
        np.load(tmp_path / "a.npy"), td.attribute(cases.network(), states, (train, targets))
    )
    code, out, _ = cli("compare-checkpoints", "a.npy", "b.npy", "--quiet", "--json")
    assert code == 0
    assert json.loads(out)["method"] == "checkpoints"
    code, out, _ = cli(
        "attribute", "nets_of_cli:small", "0.pt", *data, "-o", "g.npy", "--groups", "groups.npy"
    )
    assert out == "g.npy: 1 checkpoints, 7 targets, 10 train\n"


def test_a_place_that_cant_be_written_is_told_before_the_work(cli, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "net_of_cli.py").write_text("def net():\n    raise AssertionError('work')\n")
    for name, part in zip(("train", "targets"), cases.classification(), strict=True):
        np.savez(tmp_path / f"{name}.npz", inputs=part[0], labels=part[1])
    data = ("--train", "train.npz", "--targets", "targets.npz")
    code, _, err = cli("attribute", "net_of_cli:net", "0.pt", *data, "-o", "file/a.npy")
    assert code == 1
    assert "can't write file/a.npy" in " ".join(err.split())


def test_the_command_line_reads_what_libraries_wrote(cli, tmp_path, request):
    files = request.path.parent / "files"
    shape = ("--train", 6, "--targets", 4)
    code, out, _ = cli(
        "compare-scores", files / "dattri.pt", files / "dattri.pt", "--format", "dattri", *shape,
        "--axes", "train, targets", "--json",
    )  # fmt: skip
    assert code == 0
    document = json.loads(out)
    assert document["method"] == "published"
    assert (document["data"]["n_targets"], document["data"]["n_train"]) == (4, 6)
    assert document["reproduction"]["command"].endswith(
        '--format dattri --train 6 --targets 4 --axes "train, targets"'
    )
    code, _, err = cli("compare-scores", "a.pt", "b.pt", "--format", "dattri")
    assert code == 2
    assert "needs --train and --targets" in " ".join(err.split())
