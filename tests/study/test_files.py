from dataclasses import replace

import pytest

from traindiff.errors import InputError
from traindiff.hypotheses import Aim
from traindiff.progress import Silent
from traindiff.study.algorithms import build_algorithm
from traindiff.study.demo import demo_settings
from traindiff.study.files import read_file, study_from, with_models
from traindiff.study.hypotheses import hypothesis_from, hypothesis_to


def settings(**changes):
    return {**demo_settings(null=False), **changes}


def test_the_demo_differs_in_its_augmentation_alone(tmp_path):
    study = study_from(demo_settings(null=False), tmp_path)
    a, b = study.a.describe(), study.b.describe()
    assert {key for key in a if a[key] != b[key]} == {"augment"}
    null = study_from(demo_settings(null=True), tmp_path)
    assert null.a.describe() == null.b.describe()


@pytest.mark.parametrize(
    ("data_group", "verify_group", "used"),
    [(None, None, None), ("site", None, "site"), ("site", "patient", "patient")],
)
def test_what_the_split_keeps_together_is_one_unit_of_verification(
    tmp_path, data_group, verify_group, used
):
    table = tmp_path / "table.csv"
    rows = [f"{i},{i % 2},s{i // 4},p{i // 2}" for i in range(80)]
    table.write_text("x,y,site,patient\n" + "\n".join(rows) + "\n")
    data = {"source": "table", "path": str(table), "label": "y", "metadata": ["site", "patient"]}
    sizes = {"train": 40, "targets": 10, "verification": 20}
    changed = settings(
        data={**data, **sizes, **({"group": data_group} if data_group else {})},
        verify={"group": verify_group} if verify_group else {},
        a={"kind": "sklearn", "estimator": "sklearn.linear_model.LogisticRegression"},
        b={"kind": "sklearn", "estimator": "sklearn.naive_bayes.GaussianNB"},
    )
    study = study_from(changed, tmp_path)
    assert study.sections.verify.group == used
    lost = replace(study, verify=study.sections.verify.model_copy(update={"group": "ward"}))
    with pytest.raises(InputError, match="unknown group 'ward'"):
        lost.job(Silent())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": 1}, "unknown key 'colour'"),
        (
            {"data": {"source": "digits", "train": 5, "targets": 5}},
            r"data\.verification is missing",
        ),
        ({"data": {"source": "digit", "train": 5, "targets": 5, "verification": 5}}, "'digits'"),
        (
            {"data": {"source": "digits", "train": 9000, "targets": 5, "verification": 5}},
            "1,?797",
        ),
        ({"a": {"name": "x"}}, r"a\.kind is missing"),
        ({"a": {"kind": "torhc"}}, "did you mean 'torch'"),
        ({"a": {"kind": "torch", "epochs": "many"}}, r"a\.epochs.*'many'"),
        ({"a": {"kind": "torch", "epohcs": 3}}, "did you mean 'epochs'"),
        ({"a": {"kind": "torch", "lr": -1.0}}, "lr"),
        ({"a": {"kind": "torch", "augment": [{"kind": "shfit"}]}}, "did you mean 'shift'"),
        ({"a": {"kind": "torch", "augment": [{"kind": "shift", "pixel": 1}]}}, "'pixels'"),
        ({"a": {"kind": "torch", "augment": "shift"}}, "a.augment: .*found 'shift'"),
        ({"a": {"kind": "sklearn", "estimator": "sklearn.svm.SVX"}}, "'SVC'"),
        ({"a": {"kind": "function", "function": "no_such:thing"}}, "no_such"),
        ({"a": {"kind": "numpy:base_repr", "number": 1}}, "must return an Algorithm, found str"),
        ({"train": {"engine": "cloud"}}, r"train\.engine.*'cloud'"),
        ({"verify": {"transform": [{"kind": "pach"}]}}, "patch"),
        ({"verify": {"transform": [{"kind": "flip", "sied": "A"}]}}, "sied"),
        ({"verify": {"transform": [{"kind": "flip", "side": "C"}]}}, "'C'"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(tmp_path, monkeypatch, changes, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        study_from(settings(**changes), tmp_path / "run").run()


def test_another_number_of_models_goes_where_the_study_says_it():
    assert with_models({"focus": {"count": 8}}, 160) == {"focus": {"count": 8, "models": 160}}
    assert with_models({"train": {"models": 40}}, 160) == {"train": {"models": 160}}
    assert with_models({"train": {"models": 40}}, None) == {"train": {"models": 40}}


def test_a_file_that_is_not_toml_is_named(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("[data\n")
    with pytest.raises(InputError, match=r"study\.toml is not valid TOML"):
        read_file(path)
    with pytest.raises(InputError, match="can't be read"):
        read_file(tmp_path / "other.toml")


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "flip", "side": "A", "author": "me"},
        {"kind": "shift", "dx": 2.0, "strength": 0.5, "class": "3", "inputs": "class"},
        {"kind": "patch", "x": 0, "y": 0, "size": 3, "class": "7"},
    ],
)
def test_hypotheses_survive_the_round_trip(written):
    hypothesis = hypothesis_from(written, "here")
    assert hypothesis_from(hypothesis_to(hypothesis), "here") == hypothesis


def test_a_class_alone_means_its_probability_on_the_others():
    hypothesis = hypothesis_from({"kind": "flip", "class": "7"}, "here")
    assert hypothesis.aim == Aim(output="probability", class_name="7", inputs="not-class")


def test_a_section_takes_columns_that_models_do_not_see_and_a_version():
    section = {
        "kind": "sklearn",
        "estimator": "sklearn.linear_model.LogisticRegression",
        "without": ["alcohol"],
        "version": "2",
    }
    described = build_algorithm(section, "a").describe()
    assert (described["without"], described["version"]) == (["alcohol"], "2")
