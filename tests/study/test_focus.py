"""A study that proposes groups of training examples, and decides by few models on halves of them.

Two are run here: on a leaked column, whose groups are of alike inputs because its recipes have no
gradients, and on digits with a patch that only A is not blind to, whose groups are of attributions.
"""

import json
from dataclasses import replace

import numpy as np
import pytest
from recipes import leaky, ridge

import traindiff as td
from traindiff.comparison.parts import AxisTest
from traindiff.errors import InputError
from traindiff.progress import Silent
from traindiff.store import RunStore
from traindiff.study.evidence.focus.reading import over_examples, shared_out
from traindiff.study.progress.status import status_lines

QUICK = {"compare": {"permutations": 99}, "verify": {"proposals": 0}}


def recipe(name, **arguments):
    return td.FunctionAlgorithm(name=name, function=ridge, arguments=arguments)


def leak_study(run_dir, a=None, b=None, focus=None, **changes):
    splits = td.split(leaky(), train=200, targets=100, verification=100, seed=0)
    a, b = a or recipe("sees all"), b or recipe("blind", blind=True)
    settings = {**QUICK, **changes}
    return td.Study(splits, a, b, run_dir=run_dir, focus=focus or {"models": 40}, **settings)


def patched() -> td.Splits:
    """Digits with a white corner in the training examples of class 3 and half of the targets.

    Of divisions 0, 1 and 2 the patch is the first direction of 40 models on the last two, and the
    second of two on the first.
    """
    splits = td.split(td.load("digits"), train=240, targets=120, verification=60, seed=1)

    def marked(data, rows):
        images = np.array(data.inputs)
        images[rows, ..., :3, :3] = images.max()
        return replace(data, inputs=images)

    threes = np.flatnonzero(splits.train.labels == 3)
    targets = marked(splits.targets, np.arange(60))
    return replace(splits, train=marked(splits.train, threes), targets=targets)


def network(name, **changes):
    quick = {"module": "mlp", "arguments": {"hidden": [16]}, "optimizer": "adam", "epochs": 12}
    return td.TorchAlgorithm(name=name, lr=0.02, batch_size=40, **{**quick, **changes})


def cut_out(name):
    """The same network, blind to where the corner is."""
    return network(name, module="recipes:blind_to_corner")


def patch_study(run_dir, b=None, models=40, **focus):
    focus = td.Focus(models=models, checkpoints=4, **focus)
    b = b or cut_out("blind")
    return td.Study(patched(), network("all"), b, run_dir=run_dir, focus=focus, **QUICK)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    made = patch_study(tmp_path_factory.mktemp("runs") / "patch")
    return made, made.run()


def test_forty_models_find_who_has_the_patch(found):
    _, result = found
    comparison, splits = result.comparison, result.evidence.splits
    assert comparison.p_value == pytest.approx(0.01 / 0.9)  # of the level, a first look has 90%
    patched_train = marked_threes(splits.train)
    people = comparison.subpopulation(comparison.significant[0], size=15)
    shares = [patched_train[end].mean() for end in (people.positive_train, people.negative_train)]
    assert max(shares) > 0.8
    assert min(shares) == 0


def test_a_member_has_its_groups_q_value_and_attribution_orders_the_members(found):
    _, result = found
    step = result.evidence.findings.focusing.steps[0]
    over, proposal = step.comparison, step.proposal
    read = result.comparison
    members = proposal.groups.members
    np.testing.assert_array_equal(read.train_q_values, over.train_q_values[members])
    np.testing.assert_allclose(read.directions, over.directions[:, members], rtol=1e-3)
    np.testing.assert_array_equal(read.projections, over.projections)
    first = np.abs(over.directions[0]).argmax()
    expected = proposal.influence.along(over.projections[:, 0])
    inside = np.flatnonzero(members == first)
    order = inside[np.argsort(-np.abs(read.directions[0][inside]), kind="stable")]
    along = expected[order] * np.sign(over.directions[0, first])
    assert (np.diff(along) <= 1e-9).all()


def test_accuracy_is_that_of_models_which_saw_everything(found):
    _, result = found
    full = result.evidence.findings.full
    assert full.a.masks.all()
    right = (full.a.predictions == result.evidence.splits.targets.labels).mean()
    assert result.agreement.accuracy.a.mean == pytest.approx(right)


def test_an_example_has_an_equal_share_of_what_its_group_did():
    members = np.array([0, 0, 0, 1])
    told = AxisTest(statistics=np.array([3.0, 2.0]), q_values=np.array([0.1, 0.2]))
    shared = shared_out(told, members)
    np.testing.assert_allclose(shared.statistics, [1, 1, 1, 2])
    np.testing.assert_allclose(shared.q_values, [0.1, 0.1, 0.1, 0.2])


def test_without_attributions_the_members_nearest_the_centre_come_first(found):
    _, result = found
    step = result.evidence.findings.focusing.steps[0]
    read = over_examples(step.comparison, replace(step.proposal, influence=None))
    inside = np.flatnonzero(step.proposal.groups.members == 0)
    order = inside[np.argsort(-np.abs(read.directions[0][inside]), kind="stable")]
    assert (np.diff(step.proposal.distances[order]) >= 0).all()


def test_the_report_says_how_it_was_found(found):
    _, result = found
    document = json.loads(result.report_path.with_suffix(".json").read_text())["focusing"]
    (step,) = document["steps"]
    assert (step["groups"], step["n_models"], step["estimator"]) == (16, 40, "difference")
    assert sum(group["size"] for group in document["groups"]) == 240
    named = [group for group in document["groups"] if group["named"]]
    assert step["named_examples"] == sum(group["size"] for group in named) > 0
    assert document["path"].startswith("Of 240 training examples: ")
    page = result.report_path.read_text()
    assert page.count('id="focusing"') == 1
    assert "is not tested" in page


def test_a_study_resumed_in_the_middle_writes_the_same_bytes(found, tmp_path):
    _, fresh = found

    class Stops:
        def __init__(self, tasks):
            self.left = tasks

        def capacity(self):
            return 1

        def run(self, work, tasks):
            for index, task in enumerate(tasks):
                if not self.left:
                    raise KeyboardInterrupt
                self.left -= 1
                yield index, work(task)

    for tasks in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            replace(patch_study(tmp_path / "run"), engine=Stops(tasks)).run()
    resumed = patch_study(tmp_path / "run").run()
    pages = (each.report_path.with_suffix(".json").read_bytes() for each in (fresh, resumed))
    assert next(pages) == next(pages)


def test_more_models_are_added_to_those_that_are_there(found):
    made, _ = found
    more = replace(made, focus=made.focus.model_copy(update={"models": 80}))
    left = [more.job(Silent()).source.pending(side).left(None) for side in sides_of(more)]
    store = td_store(made)
    assert left == [4, 4, 80, 80]
    left = [more.job(Silent()).source.pending(side).left(store) for side in sides_of(more, store)]
    assert left == [0, 0, 40, 40]


def sides_of(study, store=None):
    return study.job(Silent()).source.sides(store)


def td_store(study):
    return RunStore.read(study.run_dir)


def test_the_plan_tells_stages_models_and_groups(found, tmp_path):
    made, _ = found
    lines = list(patch_study(tmp_path / "run").plan())
    assert "A (all), propose: 4 of 4 models to train" in lines
    assert "B (blind), decide: 40 of 40 models to train" in lines
    total = "4 checkpoints a side → 16 groups by their attributions → 40 models a side: training "
    assert lines[-1].startswith(total)
    told = list(status_lines(made.run_dir))
    assert "A (all), decide: 40 of 40 models, complete" in told


def test_zoom_names_a_part_of_what_was_named_and_a_second_run_trains_nothing(found, monkeypatch):
    made, _ = found
    closer = replace(made, focus=made.focus.model_copy(update={"models": 80, "zoom": 1}))
    result = closer.run()
    first, second = result.evidence.findings.focusing.steps
    assert len(second.proposal.groups) > len(first.proposal.groups)
    assert 0 < second.named_examples < first.named_examples
    assert "; of these: " in json.loads(page(result))["focusing"]["path"]
    outside = ~np.isin(first.proposal.groups.members, first.named)
    assert not np.isin(second.proposal.groups.members[outside], second.named).any()
    patched_train = marked_threes(result.evidence.splits.train)
    inside = np.isin(second.proposal.groups.members, second.named)
    before = np.isin(first.proposal.groups.members, first.named)
    assert patched_train[inside].mean() >= patched_train[before].mean()
    monkeypatch.setattr("traindiff.training.work.OutputsWork.__call__", None)
    assert page(closer.run()) == page(result)
    assert any("zoom-1: 80 of 80" in line for line in status_lines(closer.run_dir))


def page(result):
    return result.report_path.with_suffix(".json").read_text()


def marked_threes(train):
    corner = train.inputs.reshape(len(train), -1)[:, 0]
    return (train.labels == 3) & (corner == train.inputs.max())


def test_an_algorithm_against_itself_shows_nothing(tmp_path):
    # One run with a fixed seed; a false positive has probability 0.05.
    result = patch_study(tmp_path / "run", b=network("again")).run()
    assert result.comparison.p_value > 0.05
    assert result.evidence.findings.focusing.steps[0].named == ()


def test_recipes_without_gradients_are_decided_over_groups_of_inputs(tmp_path):
    made = leak_study(tmp_path / "run")
    why = "16 groups of alike inputs (A has no gradients to attribute by) → 40 models a side"
    assert made.job(Silent()).source.outline == why
    result = made.run()
    assert result.comparison.p_value == pytest.approx(0.01 / 0.9)  # a first look has 90%
    assert result.comparison.estimator == "difference"  # 40 models are few for 16 groups
    assert result.outputs_a.masks.shape == (40, 200)
    document = json.loads(result.report_path.with_suffix(".json").read_text())
    assert document["answer"]["p_value"] == pytest.approx(0.01 / 0.9, rel=1e-3)


def test_a_column_names_the_groups(tmp_path):
    data = leaky()
    quarters = np.digitize(data.inputs[:, 0], [-1, -0.3, 0, 0.3, 1]).astype(str)
    data = replace(data, metadata={"part": quarters})
    splits = td.split(data, train=200, targets=100, verification=100, seed=0)
    made = replace(
        leak_study(tmp_path / "run", focus={"groups": "part", "models": 20}), data=splits
    )
    assert made.job(Silent()).source.outline == "6 groups of equal 'part' → 20 models a side"
    assert made.run().evidence.findings.focusing.steps[0].proposal.groups.names[0] == "0"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"focus": {"groups": "attributions"}}, "focus.groups = 'attributions' needs gradients: a"),
        ({"focus": {"groups": "colour"}}, "unknown group 'colour'"),
        ({"focus": {"models": 10}}, r"focus.models: .* greater than or equal to 20, found 10"),
        ({"focus": {"count": 1}}, r"focus.count: .* greater than or equal to 2, found 1"),
        ({"focus": {"zoomm": 1}}, "focus: unknown key 'zoomm'"),
        (
            {"models": 40, "focus": {}},
            r"train\.models = 40 is not used with \[focus\]: say focus.m",
        ),
        ({"train": {"group": "x"}}, r"train\.group = 'x' is not used .* say focus.groups = 'x'"),
        ({"attribute": {}}, "leave one of them out"),
    ],
)
def test_impossible_settings_are_refused_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        leak_study(tmp_path / "run", **changes).run()
    assert not (tmp_path / "run" / "arrays").exists()


def test_groups_that_models_would_repeat_are_refused_and_nothing_trained_is_lost(tmp_path):
    with pytest.raises(InputError, match="4 groups have 6 different halves"):
        leak_study(tmp_path / "run", focus={"count": 4, "models": 40}).run()
    for focus in ({"count": 12, "models": 20}, {"count": 16, "models": 20}):
        leak_study(tmp_path / "run", focus=focus).run()
    kept = [
        leak_study(tmp_path / "run", focus={"count": count, "models": 20}) for count in (12, 16)
    ]
    for made in kept:
        store = td_store(made)
        source = made.job(Silent()).source
        assert sum(source.pending(side).left(store) for side in source.sides(store)) == 0
