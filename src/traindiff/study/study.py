"""A study as Python sees it: two recipes, one dataset, one run directory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any

from traindiff.algorithms import Algorithm
from traindiff.algorithms.grouped import Grouped
from traindiff.datasets import Dataset, Splits
from traindiff.datasets.groups import exemplars, groups_of
from traindiff.datasets.splits import split
from traindiff.hypotheses import Hypothesis
from traindiff.progress import Progress, Silent
from traindiff.store import RunStore
from traindiff.study.hypotheses import hypothesis_from
from traindiff.study.job import Job
from traindiff.study.journal import STUDY_FILE, Notebook
from traindiff.study.progress.plan import plan_lines
from traindiff.study.result import StudyResult
from traindiff.study.settings import (
    AttributeSettings,
    CompareSettings,
    TrainSettings,
    VerifySettings,
)
from traindiff.study.validation import parse
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
    attribute : mapping or None
        The settings of a section [attribute]: compare attributions of a few checkpoints a side
        instead of ``models`` models on random subsets. An empty mapping takes the defaults.
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
    attribute: Mapping[str, Any] | None = None
    hypotheses: Sequence[Hypothesis] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def run(
        self, progress: Progress | None = None, *, tell: Callable[[str], None] | None = None
    ) -> StudyResult:
        """Do all that is not done yet and write the report.

        Safe to interrupt at any moment: run it again and it continues.

        Parameters
        ----------
        progress : Progress, optional
        tell : callable, optional
            Called with each line of the `plan` before the work starts; without it, nothing is
            measured.

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
            if tell is not None:
                for line in plan_lines(job, store):
                    tell(line)
            return job.run(store, notebook)

    def plan(self) -> Iterator[str]:
        """Yield lines for people: what `run` would train, how long, how much disk and memory.

        Raises
        ------
        InputError
            When a setting does not fit the data.
        """
        started = (Path(self.run_dir) / "study.json").exists()
        yield from plan_lines(self.job(Silent()), RunStore.read(self.run_dir) if started else None)

    def job(self, progress: Progress) -> Job:
        """Check every setting that can be checked before work starts."""
        verify = parse(VerifySettings, self.verify, "verify")
        written = enumerate(verify.transform)
        train = parse(
            TrainSettings, {"models": self.models, "seed": self.seed, **self.train}, "train"
        )
        splits = self.data if isinstance(self.data, Splits) else _divide(self.data, self.seed)
        splits, a, b = _grouped(splits, self.a, self.b, train.group)
        return Job(
            title=self.title or f"{self.a.name} against {self.b.name}",
            splits=splits,
            a=a,
            b=b,
            train=train,
            attribute=(
                None
                if self.attribute is None
                else parse(AttributeSettings, self.attribute, "attribute")
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


def _grouped(
    splits: Splits, a: Algorithm, b: Algorithm, column: str | None
) -> tuple[Splits, Algorithm, Algorithm]:
    """Make groups of training examples the train axis: an exemplar of each, masks over them."""
    if column is None:
        return splits, a, b
    groups = groups_of(splits.train, column)
    grouped_a, grouped_b = (
        Grouped(algorithm=each, examples=splits.train, groups=groups) for each in (a, b)
    )
    return replace(splits, train=exemplars(splits.train, groups)), grouped_a, grouped_b


def _divide(data: Dataset, seed: int) -> Splits:
    used = min(len(data), LARGEST_DEFAULT)
    quarter = used // 4
    return split(data, train=used - 2 * quarter, targets=quarter, verification=quarter, seed=seed)
