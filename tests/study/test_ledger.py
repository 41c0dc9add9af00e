"""A run directory knows its looks, and p-values pay for them."""

import numpy as np
import pytest
from recipes import leaky, ridge

import traindiff as td
from traindiff.errors import StoreError
from traindiff.progress import Silent
from traindiff.report.content.verdict_text import answer
from traindiff.statistics.looks import valid_p_value
from traindiff.study.journal import LOOKS, Notebook
from traindiff.study.ledger import Ledger, Spending
from traindiff.study.progress.status import status_lines
from traindiff.study.settings import CompareSettings
from traindiff.study.stages import write_stages


def study(run_dir, models, *, focused=True, blind=False, **compare):
    splits = td.split(leaky(), train=60, targets=20, verification=20, seed=0)
    a, b = (
        td.FunctionAlgorithm(name=name, function=ridge, arguments=arguments)
        for name, arguments in (("all", {}), ("other", {"blind": blind, "noise": 0.31}))
    )
    where = {"focus": {"models": models}} if focused else {"models": models}
    settings = {"permutations": 19, "directions": 2, **compare}
    return td.Study(splits, a, b, run_dir=run_dir, compare=settings, **where)


def look(made):
    """Take one look: train, compare and keep, without a report."""
    job = made.job(Silent())
    with job.open(made.run_dir) as store:
        write_stages(job.setup, job.source, store)
        return job.source.find(store, Silent())


@pytest.fixture(scope="module")
def raised(tmp_path_factory):
    """Two looks at one run, and the first of them once more."""
    run_dir = tmp_path_factory.mktemp("runs") / "raised"
    return run_dir, [look(study(run_dir, models)) for models in (40, 80, 40)]


def test_a_run_that_is_raised_pays_for_its_second_look(raised):
    _, (first, second, _) = raised
    assert [each.models for each in first.looks] == [40]
    assert [each.models for each in second.looks] == [40, 80]
    for found in (first, second):
        assert found.comparison.p_value == valid_p_value(found.looks)
    share = Spending(before=first.looks, models=80, planned=80, level=0.05).share
    assert 1 / (1 + second.comparison.test.permutations) <= share * 0.05  # it must be in reach


def test_the_same_look_again_is_the_same_look_and_knows_the_later_one(raised):
    _, (first, second, again) = raised
    assert again.looks == second.looks
    assert again.comparison.p_value == second.comparison.p_value
    np.testing.assert_array_equal(again.comparison.p_values, first.comparison.p_values)


def test_status_plan_and_report_say_how_many_looks_there_were_and_what_one_more_costs(raised):
    run_dir, (_, second, _) = raised
    (line,) = [each for each in status_lines(run_dir) if each.startswith("Looked at")]
    assert line.startswith("Looked at 2 times, at 40 and 80 models a side")
    assert "one at 160 models a side may spend 2.5% of it" in line
    assert answer(second.comparison, (), second.looks).sentences[-1] == line
    assert (
        "Look 3 at this run may spend 2.5% of the level: significant where its own p-value is at "
        in "\n".join(study(run_dir, 160).plan())
    )


def test_models_on_single_examples_pay_too(tmp_path):
    for models, planned in ((20, 40), (40, 40)):
        found = look(study(tmp_path / "run", models, focused=False, planned=planned))
        assert found.comparison.p_value == valid_p_value(found.looks)
    assert [(each.models, each.planned) for each in found.looks] == [(20, 40), (40, 40)]


def test_directions_and_groups_pay_like_the_whole(tmp_path):
    found = look(study(tmp_path / "run", 40, blind=True, planned=1000))
    assert found.looks[0].p_value <= 0.05
    assert found.comparison.p_value == 1  # so early a look can't decide
    assert found.comparison.test.strength in (None, 1)
    assert found.comparison.significant == ()
    assert found.focusing.steps[0].named == ()


def test_a_planned_last_look_has_nearly_all_and_early_ones_little():
    settings, shares, looks = CompareSettings(planned=320), [], ()
    for models in (40, 80, 160, 320):
        planned = Ledger().spending({}, models, settings).planned
        each = Spending(before=looks, models=models, planned=planned, level=0.05)
        shares.append(each.share)
        looks = each.taken(0.5)
    assert shares == sorted(shares)
    assert shares[-1] > 0.8
    assert sum(shares) == pytest.approx(0.9)


def test_a_damaged_ledger_is_no_empty_one(tmp_path):
    made = study(tmp_path / "run", 40)
    job = made.job(Silent())
    with job.open(made.run_dir) as store:
        Notebook(store=store).write(LOOKS, [{"models": 40}])
        with pytest.raises(StoreError, match="another run directory"):
            job.source.spending(store)
