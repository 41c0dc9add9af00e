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
from traindiff.errors import InputError
from traindiff.hypotheses import Hypothesis
from traindiff.pair import Pair
from traindiff.progress import Progress, Silent
from traindiff.store import RunStore
from traindiff.study.evidence import source_of
from traindiff.study.hypotheses import hypothesis_from
from traindiff.study.job import Job
from traindiff.study.journal import STUDY_FILE, Notebook
from traindiff.study.progress.plan import plan_lines
from traindiff.study.result import StudyResult
from traindiff.study.settings import (
    AttributeSettings,
    CompareSettings,
    Focus,
    Sections,
    TrainSettings,
    VerifySettings,
)
from traindiff.study.setup import Setup, engine_of
from traindiff.study.stages import write_stages
from traindiff.study.trust import mark_made_here
from traindiff.study.validation import parse
from traindiff.training import Engine, Inline

__all__ = ["Study"]

LARGEST_DEFAULT = 2000
PLACED = {"engine", "workers", "scheduler", "patience"}


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
    models, seed : int, optional
        Models a side, 1,000 by default, and the seed of everything random, 0 by default: short for
        ``train=TrainSettings(models=..., seed=...)``.
    title : str
    engine : Engine, optional
        Where models are trained; by default where ``train`` says, and in this process where that
        says nothing.
    train : TrainSettings or mapping
        How many models, on which subsets: what a study file has in its section [train]. A mapping
        is checked as a file is.
    compare : CompareSettings or mapping
    verify : VerifySettings or mapping
    attribute : AttributeSettings, mapping or None
        Compare attributions of a few checkpoints a side instead of ``models`` models on random
        subsets. An empty mapping takes the defaults.
    focus : Focus, mapping or None
        Few models, each on half of a few groups of training examples, instead of ``models`` models
        on random subsets of single ones (METHOD §8). An empty mapping takes the defaults.
    hypotheses : sequence of Hypothesis
        Your own ideas of what differs.
    settings : mapping
        The study file this comes from, kept so that the run directory can be run again.

    Raises
    ------
    InputError
        When a setting is impossible or given in two places, or an algorithm or hypothesis does not
        fit the data.

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
    models: int | None = None
    seed: int | None = None
    title: str = ""
    engine: Engine | None = None
    train: TrainSettings | Mapping[str, Any] = field(default_factory=TrainSettings)
    compare: CompareSettings | Mapping[str, Any] = field(default_factory=CompareSettings)
    verify: VerifySettings | Mapping[str, Any] = field(default_factory=VerifySettings)
    attribute: AttributeSettings | Mapping[str, Any] | None = None
    focus: Focus | Mapping[str, Any] | None = None
    hypotheses: Sequence[Hypothesis] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    sections: Sections = field(init=False)

    def __post_init__(self) -> None:
        """Check the settings, once, wherever they were given."""
        names = ("train", "attribute", "focus", "compare", "verify")
        sections = parse(Sections, {name: getattr(self, name) for name in names}, "")
        train = _joined(sections.train, self.models, self.seed, self.engine)
        joined = sections.model_copy(update={"train": train})
        _check_focus(joined)
        object.__setattr__(self, "sections", joined)

    def __repr__(self) -> str:
        return f"<Study: {self._title}, run directory {self.run_dir}>"

    @property
    def _title(self) -> str:
        return self.title or f"{self.a.name} against {self.b.name}"

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
                mark_made_here(store)
            write_stages(job.setup, job.source, store)
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
        yield from plan_lines(self.job(Silent()), RunStore.find(self.run_dir))

    def job(self, progress: Progress) -> Job:
        """Check every setting that can be checked before work starts."""
        sections = self.sections
        train, written = sections.train, enumerate(sections.verify.transform)
        splits = self.data if isinstance(self.data, Splits) else _divide(self.data, train.seed)
        splits, algorithms = _grouped(splits, Pair(self.a, self.b), train.group)
        engine = self.engine or _engine(train)
        setup = Setup(algorithms=algorithms, splits=splits, train=train, engine=engine)
        return Job(
            title=self._title,
            setup=setup,
            source=source_of(setup, sections),
            verify=sections.verify,
            given=(
                *self.hypotheses,
                *(hypothesis_from(each, f"verify.transform[{i}]") for i, each in written),
            ),
            progress=progress,
        )


def _joined(
    train: TrainSettings, models: int | None, seed: int | None, engine: Engine | None
) -> TrainSettings:
    """Return the settings of training with the arguments that are short for some of them.

    Raises
    ------
    InputError
        When one is given in both places, even if alike: changing one of them would do nothing.
    """
    short = {"models": models, "seed": seed}
    given = {name: value for name, value in short.items() if value is not None}
    homes = {name: f"{name} = {value}" for name, value in given.items()}
    if engine is not None:
        homes |= dict.fromkeys(PLACED, f"engine = {engine}")
    for name in sorted(homes.keys() & train.model_fields_set):
        raise InputError(
            f"{name} is given twice: by {homes[name]} of the study and train.{name} = "
            f"{getattr(train, name)!r}. Leave one of them out."
        )
    return parse(TrainSettings, {**train.model_dump(exclude_unset=True), **given}, "train")


def _check_focus(sections: Sections) -> None:
    """Refuse settings beside [focus] that say otherwise what it says.

    Raises
    ------
    InputError
    """
    if sections.focus is None:
        return
    if sections.attribute is not None:
        raise InputError(
            "[attribute] compares checkpoints and [focus] models on groups: leave one of them out. "
            "The checkpoints that propose groups are focus.checkpoints."
        )
    homes = {"models": "focus.models", "group": f"focus.groups = {sections.train.group!r}"}
    for name in sorted(homes.keys() & sections.train.model_fields_set):
        raise InputError(
            f"train.{name} = {getattr(sections.train, name)!r} is not used with [focus]: say "
            f"{homes[name]}, or leave [focus] out to leave out single training examples."
        )


def _engine(train: TrainSettings) -> Engine:
    """Return the engine that the settings name; this process, where they name none."""
    return engine_of(train) if train.model_fields_set & PLACED else Inline()


def _grouped(
    splits: Splits, algorithms: Pair[Algorithm], column: str | None
) -> tuple[Splits, Pair[Algorithm]]:
    """Make groups of training examples the train axis: an exemplar of each, masks over them."""
    if column is None:
        return splits, algorithms
    groups = groups_of(splits.train, column)

    def grouped(algorithm: Algorithm) -> Algorithm:
        return Grouped(algorithm=algorithm, examples=splits.train, groups=groups)

    return replace(splits, train=exemplars(splits.train, groups)), algorithms.map(grouped)


def _divide(data: Dataset, seed: int) -> Splits:
    used = min(len(data), LARGEST_DEFAULT)
    quarter = used // 4
    return split(data, train=used - 2 * quarter, targets=quarter, verification=quarter, seed=seed)
