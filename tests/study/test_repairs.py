"""A run over damaged files computes anew what it can, says so, and comes to the same."""

from dataclasses import dataclass

import numpy as np
import pytest
from tests.training.cases import Ensemble, Means, digits

from traindiff import seeding
from traindiff.datasets.splits import split
from traindiff.errors import StoreError
from traindiff.store import RunStore
from traindiff.study import Study
from traindiff.study.journal import OWN, STUDY_FILE, Notebook

DAMAGED = (
    "study.json",
    "documents/proposals.*.json",
    "arrays/outputs/b/*/values/c/0/0",
    "arrays/discovery/a/*/means/c/0/0/0",
    "arrays/verification/b/*/piece.json",
    "arrays/found/verdicts.*/document/c/0",
    "arrays/found/comparison.*/piece.json",
)


@dataclass(frozen=True, kw_only=True)
class Seeing(Means):
    """Class means of the first columns alone, hardly shaken."""

    columns: int

    def describe(self):
        return {"columns": self.columns}

    def train(self, data, masks, seeds, advance):
        inputs = data.inputs * (np.arange(4) < self.columns)
        models = [
            [inputs[mask & (data.labels == label)].mean(axis=0) for label in range(3)]
            + 0.02 * seeding.stream(seed, "shake").normal(size=(3, 4))
            for mask, seed in zip(masks, seeds, strict=True)
        ]
        return Ensemble(means=np.array(models), keeps=True)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    splits = split(digits(200), train=40, targets=60, verification=60, seed=0)
    return Study(
        splits,
        Seeing(columns=4),
        Seeing(columns=2),
        run_dir=tmp_path_factory.mktemp("runs") / "run",
        models=200,
        compare={"permutations": 19},
        verify={"proposals": 1, "models": 6, "discovery_models": 3, "resamples": 100},
        settings={"title": "as in a file"},
    )


@pytest.fixture(scope="module")
def report(study):
    result = study.run()
    assert result.verdicts, "the study is to have proposals"
    assert result.notes == ()
    return result.report_path.with_suffix(".json").read_bytes()


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_whatever_is_damaged_is_named_and_computed_anew(study, report):
    victims = [next(study.run_dir.glob(pattern)) for pattern in DAMAGED]
    for victim in victims:
        damage(victim)
    result = study.run()
    assert result.report_path.with_suffix(".json").read_bytes() == report
    for victim in victims:
        assert [str(victim) in note for note in result.notes].count(True) == 1
    assert study.run().notes == ()


@pytest.mark.parametrize(("name", "cure"), [(STUDY_FILE, "--out"), (OWN, "traindiff verify")])
def test_what_people_wrote_is_not_made_anew_but_the_way_out_is_told(tmp_path, name, cure):
    with RunStore.open(tmp_path / "run", {}) as store:
        Notebook(store=store).write(name, {"title": "mine"})
    victim = next((tmp_path / "run").glob(f"documents/{name}.*.json"))
    damage(victim)
    with pytest.raises(StoreError, match=f"(?s){victim.name} is damaged.*{cure}"):
        Notebook(store=RunStore.read(tmp_path / "run")).read(name)
