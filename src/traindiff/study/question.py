"""A study as Python sees it: two recipes, one dataset, one run directory."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from traindiff.algorithms import Algorithm
from traindiff.datasets import Dataset, Splits
from traindiff.datasets.splits import split
from traindiff.hypotheses import Hypothesis
from traindiff.progress import Progress, Silent
from traindiff.study.checked import parse
from traindiff.study.hypotheses import hypothesis_from
from traindiff.study.job import Job, StudyResult
from traindiff.study.notebook import STUDY_FILE, Notebook
from traindiff.study.settings import CompareSettings, TrainSettings, VerifySettings
from traindiff.training import Engine, Inline

__all__ = ["Study"]

LARGEST_DEFAULT = 2000


@dataclass(frozen=True, eq=False)
class Study:
    """The question whether A and B use one dataset differently, and how.

    Parameters
    ----------
    data : Splits or Dataset
        A Dataset is divided at random: half for training, a quarter each for targets and for
        verification, of at most 2,000 examples.
    a, b : Algorithm
        The recipes compared. If they are the same, B's models get seeds of their own: the
        A-against-A control.
    run_dir : path
        Where all that is computed is kept; a second run continues there.
    models : int
        Models a side.
    seed : int
        Of everything random.
    title : str
    engine : Engine, optional
        Where models are trained; by default in this process.
    train, compare, verify : mapping
        Further settings, by their names in a study file's sections.
    hypotheses : sequence of Hypothesis
        Your own ideas of what differs.
    settings : mapping
        The study file this comes from, kept so that the run directory can be run again.

    Raises
    ------
    InputError
        When a setting is impossible, or an algorithm or hypothesis does not fit the data.

    Examples
    --------
    >>> import traindiff as td
    >>> data = td.load("digits")
    >>> plain = td.TorchAlgorithm(name="plain", arguments={"hidden": [32]})
    >>> study = td.Study(data, plain, plain, run_dir="runs/control", models=100)
    >>> result = study.run()  # doctest: +SKIP
    """

    data: Splits | Dataset
    a: Algorithm
    b: Algorithm
    _: KW_ONLY
    run_dir: str | Path
    models: int = 1000
    seed: int = 0
    title: str = ""
    engine: Engine = field(default_factory=Inline)
    train: Mapping[str, Any] = field(default_factory=dict)
    compare: Mapping[str, Any] = field(default_factory=dict)
    verify: Mapping[str, Any] = field(default_factory=dict)
    hypotheses: Sequence[Hypothesis] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def run(self, progress: Progress | None = None) -> StudyResult:
        """Do all that is not done yet and write the report.

        Safe to interrupt at any moment: run it again and it continues.

        Raises
        ------
        InputError
            When a setting does not fit the data, or the run directory holds another study.
        TrainingError
            When models can't be trained.
        StoreError
            When the disk refuses. What was finished before is kept.
        """
        job = self.job(progress or Silent())
        with job.open(self.run_dir) as store:
            notebook = Notebook(store=store)
            if self.settings:
                notebook.write(STUDY_FILE, dict(self.settings))
            return job.run(store, notebook)

    def job(self, progress: Progress) -> Job:
        """Check every setting that can be checked before work starts."""
        verify = parse(VerifySettings, self.verify, "verify")
        written = enumerate(verify.transform)
        return Job(
            title=self.title or f"{self.a.name} against {self.b.name}",
            splits=self.data if isinstance(self.data, Splits) else _divide(self.data, self.seed),
            a=self.a,
            b=self.b,
            train=parse(
                TrainSettings, {"models": self.models, "seed": self.seed, **self.train}, "train"
            ),
            compare=parse(CompareSettings, self.compare, "compare"),
            verify=verify,
            given=(
                *self.hypotheses,
                *(hypothesis_from(each, f"verify.transform[{i}]") for i, each in written),
            ),
            engine=self.engine,
            progress=progress,
        )


def _divide(data: Dataset, seed: int) -> Splits:
    used = min(len(data), LARGEST_DEFAULT)
    quarter = used // 4
    return split(data, train=used - 2 * quarter, targets=quarter, verification=quarter, seed=seed)
