"""A kind of evidence is one class: the plan, the status and the run know nothing of its kind."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.training.cases import Means, digits

from traindiff.datasets.splits import split
from traindiff.errors import RunDirectoryError
from traindiff.pair import Pair
from traindiff.progress import Silent
from traindiff.study import Study
from traindiff.study.evidence import Source, source_of
from traindiff.study.evidence.base import Pending
from traindiff.study.evidence.subsets import Subsets
from traindiff.study.progress.status import status_lines
from traindiff.training.work import ModelsWork, cut


@dataclass(frozen=True, kw_only=True, eq=False)
class Piloted:
    """Subsets, after a pilot of a few models that see everything."""

    subsets: Subsets
    pilots: int = 3

    share = 0.5
    outline = "3 pilots a side"

    @property
    def may_change(self):
        return self.subsets.may_change

    def describe(self):
        return {"pilot": {"models": self.pilots}, **self.subsets.describe()}

    def contents(self):
        return {}

    def sides(self, store=None):
        return (*self._pilot(), *self.subsets.sides(store))

    def pending(self, side):
        if side.stage == "outputs":
            return self.subsets.pending(side)
        work = ModelsWork(algorithm=side.algorithm, train=self.subsets.setup.splits.train)
        return Pending(side=side, work=work, chunks=cut(side.masks, side.seeds, 16))

    def cost(self, side):
        return None

    def spending(self, store):
        return None

    def find(self, store, progress):
        for side in self._pilot():
            self.subsets.setup.ensemble(side, store, progress)
        return replace(self.subsets.find(store, progress), notes=("piloted",))

    def _pilot(self):
        return self.subsets.setup.on_everything("pilot", Pair(self.pilots, self.pilots))


@pytest.fixture
def splits():
    return split(digits(60), train=30, targets=15, verification=15, seed=0)


def study(splits, run_dir, **settings):
    quick = {"compare": {"permutations": 19}, "verify": {"proposals": 0}}
    return Study(splits, Means(), Means(scale=2.0), run_dir=run_dir, models=40, **quick, **settings)


def test_a_source_of_two_stages_is_planned_run_and_told(splits, tmp_path, monkeypatch):
    plain = study(splits, tmp_path / "plain").run()

    def piloted(setup, sections) -> Source:
        return Piloted(subsets=source_of(setup, sections))

    monkeypatch.setattr("traindiff.study.study.source_of", piloted)
    made = study(splits, tmp_path / "run")
    lines = list(made.plan())
    assert "A (means), pilot: 3 of 3 models to train" in lines
    assert "B (means), outputs: 40 of 40 models to train" in lines
    result = made.run()
    assert result.notes == ("piloted",)
    np.testing.assert_array_equal(result.outputs_b.values, plain.outputs_b.values)
    told = list(status_lines(tmp_path / "run"))
    assert told[:2] == [f"{side} (means), pilot: 3 of 3 models, complete" for side in "AB"]
    assert result.evidence.settings["pilot"] == {"models": 3}


def test_evidence_of_another_kind_is_another_study(splits, tmp_path, monkeypatch):
    study(splits, tmp_path / "run").run()
    monkeypatch.setattr(
        "traindiff.study.study.source_of",
        lambda setup, sections: Piloted(subsets=source_of(setup, sections)),
    )
    with pytest.raises(RunDirectoryError, match=r"pilot\.models is None there and 3 here"):
        study(splits, tmp_path / "run").run()


def test_subsets_say_what_they_train(splits, tmp_path):
    source = study(splits, tmp_path, train={"chunk": 15, "fraction": 0.2}).job(Silent()).source
    a, b = source.sides()
    assert (a.pieces, b.pieces, source.share) == ("outputs/a", "outputs/b", 0.2)
    assert list(map(len, source.pending(a).chunks)) == [15, 15, 10]
    assert source.pending(b).left(None) == 40
    assert source.cost(a) is None
