"""A study's settings: objects or mappings, each checked once and each with one home."""

import inspect
from dataclasses import replace

import pytest
from tests.training.cases import Means, digits

from traindiff.comparison import compare, compare_checkpoints
from traindiff.comparison.control import control_p_value
from traindiff.datasets.splits import split
from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.study import Study
from traindiff.study.demo import demo_settings
from traindiff.study.files import study_from
from traindiff.study.settings import (
    AttributeSettings,
    CompareSettings,
    DataSettings,
    StudyFile,
    TrainSettings,
    VerifySettings,
)
from traindiff.study.validation import parse
from traindiff.training import Inline, Processes


@pytest.fixture(scope="module")
def splits():
    return split(digits(60), train=30, targets=15, verification=15, seed=0)


def study(splits, **settings):
    return Study(splits, Means(), Means(scale=2.0), run_dir="runs/x", **settings)


def described(splits, **settings):
    return study(splits, **settings).job(Silent()).describe()


def test_settings_objects_mappings_and_shortcuts_make_the_same_study(splits):
    as_object = described(
        splits,
        train=TrainSettings(models=50, seed=3, paired=False),
        compare=CompareSettings(permutations=39),
        verify=VerifySettings(models=7),
    )
    as_mapping = described(
        splits,
        models=50,
        seed=3,
        train={"paired": False},
        compare={"permutations": 39},
        verify={"models": 7},
    )
    assert as_object == as_mapping
    assert (as_object["train"]["models"], as_object["train"]["seed"]) == (50, 3)


def test_without_a_word_there_are_a_thousand_models_of_seed_0(splits):
    assert study(splits).sections.train == TrainSettings(models=1000, seed=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"models": 400, "train": {"models": 50}},
            r"models is given twice: by models = 400 of the study and train\.models = 50\.",
        ),
        ({"models": 50, "train": TrainSettings(models=50)}, "models is given twice"),
        (
            {"seed": 0, "train": {"seed": 3}},
            r"seed is given twice: by seed = 0 of the study and train\.seed = 3\.",
        ),
        (
            {"engine": Inline(), "train": {"workers": 3}},
            r"workers is given twice: by engine = .*Inline.* and train\.workers = 3",
        ),
    ],
)
def test_a_setting_in_two_places_is_refused_with_both(splits, settings, message):
    with pytest.raises(InputError, match=message):
        study(splits, **settings)


def test_a_study_with_more_models_is_made_of_one_with_fewer(splits):
    more = replace(study(splits, models=40, train={"fraction": 0.3}), models=60)
    assert (more.sections.train.models, more.sections.train.fraction) == (60, 0.3)


def test_the_seed_of_the_settings_divides_the_data(splits):
    data = digits(80)
    one, same, other = (
        study(data, **given).job(Silent()).setup.splits.fingerprint
        for given in ({"seed": 3}, {"train": {"seed": 3}}, {"seed": 4})
    )
    assert one == same != other


def test_models_are_trained_where_the_settings_say_and_else_in_this_process(splits):
    def engine(**given):
        return study(splits, **given).job(Silent()).setup.engine

    assert engine() == Inline()
    assert engine(train={"workers": 3}) == Processes(workers=3, fewest=2)
    assert engine(train=TrainSettings(engine="inline")) == Inline()
    assert engine(engine=Processes(workers=2)) == Processes(workers=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainSettings(models=3), r"^TrainSettings\.models: .* equal to 20, found 3\.$"),
        (lambda: TrainSettings(modles=30), "^TrainSettings: unknown key 'modles': did you mean"),
        (lambda: CompareSettings(permutations=19, level=0.01), "Raise permutations"),
        (
            lambda: VerifySettings(epsilon=2.0, delta=1.0),
            "no effect, must not exceed",
        ),
        (lambda: AttributeSettings(checkpoints=2), r"AttributeSettings\.checkpoints"),
        (lambda: DataSettings(source="digits"), r"DataSettings\.train is missing"),
    ],
)
def test_a_mistake_in_settings_objects_is_told_as_in_a_file(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_mistakes_in_sections_keep_their_names():
    content = {
        "data": {"source": "digits", "train": 1, "targets": 5, "verification": 5},
        "a": {},
        "b": {},
        "train": {"models": 3, "frction": 0.5},
        "verify": {"epsilon": 2.0, "delta": 1.0},
    }
    with pytest.raises(InputError) as refused:
        parse(StudyFile, content, "study.toml")
    starts = {line.split(": ")[0] for line in str(refused.value).splitlines()}
    assert starts == {
        "study.toml.data.train",
        "study.toml.train.models",
        "study.toml.train",
        "study.toml.verify",
    }
    assert "unknown key 'frction': did you mean 'fraction'" in str(refused.value)


def test_the_settings_of_a_comparison_are_the_arguments_of_every_comparison():
    names = CompareSettings().arguments.keys()
    assert names <= inspect.signature(compare).parameters.keys()
    assert names <= inspect.signature(compare_checkpoints).parameters.keys()
    assert names - {"directions"} <= inspect.signature(control_p_value).parameters.keys()


def test_a_study_is_one_line(splits):
    assert repr(study(splits)) == "<Study: means against means, run directory runs/x>"
    assert repr(study(splits, title="Shifts")) == "<Study: Shifts, run directory runs/x>"


@pytest.mark.parametrize(
    ("section", "given"),
    [
        ("train", {"models": "512"}),
        ("train", {"models": 512.0}),
        ("train", {"models": True}),
        ("train", {"seed": True}),
        ("train", {"seed": -1}),
        ("train", {"paired": "yes"}),
        ("train", {"paired": 1}),
        ("train", {"fraction": "0.5"}),
        ("compare", {"permutations": "99"}),
        ("verify", {"delta": "1"}),
        ("a", {"epochs": "3"}),
        ("a", {"epochs": 3.0}),
        ("a", {"epochs": True}),
        ("a", {"lr": "0.1"}),
        ("a", {"lr": True}),
    ],
)
def test_a_number_of_another_type_is_a_slip(tmp_path, section, given):
    settings = demo_settings(null=False)
    settings = {**settings, section: {**settings.get(section, {}), **given}}
    ((key, value),) = given.items()
    with pytest.raises(InputError, match=rf"{section}\.{key}: .*found {value!r}"):
        study_from(settings, tmp_path)


def test_two_recipes_have_two_names(tmp_path):
    settings = demo_settings(null=False)
    named = {side: {**settings[side], "name": "mine"} for side in "ab"}
    with pytest.raises(InputError, match="A and B differ, and both are called 'mine'"):
        study_from({**settings, **named}, tmp_path)
    study_from({**settings, "a": named["a"], "b": named["a"]}, tmp_path)
