"""The evidence of many models, each trained on a random subset (METHOD §5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from traindiff.comparison import compare
from traindiff.comparison.control import control_p_value
from traindiff.datamodels import fit_datamodels
from traindiff.datamodels.curve import learning_curve
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Attribution, Findings
from traindiff.store import RunStore
from traindiff.study.evidence.base import COMPARE, Pending
from traindiff.study.settings import CompareSettings
from traindiff.study.setup import Setup
from traindiff.study.sides import Side, on_subsets
from traindiff.training import TrainedOutputs, train_outputs
from traindiff.training.work import OutputsWork, cut

__all__ = ["Subsets"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Subsets:
    """Outputs of models on random subsets (`traindiff.study.evidence.base.Source`).

    Parameters
    ----------
    setup : Setup
    compare : CompareSettings
    """

    setup: Setup
    compare: CompareSettings

    @property
    def share(self) -> float:
        return self.setup.train.fraction

    @property
    def may_change(self) -> tuple[str, ...]:
        return COMPARE

    def describe(self) -> dict[str, Any]:
        return {"compare": self.compare.model_dump(mode="json")}

    def contents(self) -> dict[str, Any]:
        return {}

    def sides(self, store: RunStore | None = None) -> tuple[Side, ...]:
        return tuple(self._sides())

    def pending(self, side: Side) -> Pending:
        splits = self.setup.splits
        work = OutputsWork(
            algorithm=side.algorithm,
            train=splits.train,
            targets=splits.targets,
            output=self.setup.output,
        )
        chunks = cut(side.masks, side.seeds, self.setup.chunk(side.algorithm))
        return Pending(side=side, work=work, chunks=chunks)

    def cost(self, side: Side) -> None:
        return None

    def find(self, store: RunStore, progress: Progress) -> Findings:
        sides = self._sides()
        trained = sides.map(lambda side: self._train(side, store, progress))
        outputs, seed = self._outputs(trained), self.setup.train.seed
        settings = self.compare.model_dump()
        datamodels: Pair[Attribution] = outputs.map(
            lambda side: fit_datamodels(side, estimator="lasso", seed=seed)
        )
        curves = outputs.map(lambda side: learning_curve(side, "difference", seed=seed))
        comparison = compare(outputs.a, outputs.b, **settings, seed=seed, progress=progress)
        settings.pop("directions")
        return Findings(
            comparison=comparison,
            outputs=outputs,
            datamodels=datamodels,
            curves=curves,
            control_p_value=control_p_value(outputs.a, **settings, seed=seed, progress=progress),
            notes=(*_notes(sides.a, trained.a), *_notes(sides.b, trained.b)),
        )

    def _sides(self) -> Pair[Side]:
        setup = self.setup
        return on_subsets(setup.algorithms, setup.train, n_train=len(setup.splits.train))

    def _train(self, side: Side, store: RunStore, progress: Progress) -> TrainedOutputs:
        setup = self.setup
        return train_outputs(
            side.algorithm,
            setup.splits.train,
            setup.splits.targets,
            side.masks,
            side.seeds,
            output=setup.output,
            engine=setup.engine,
            chunk=setup.chunk(side.algorithm),
            pieces=store,
            name=side.pieces,
            progress=progress,
        )

    def _outputs(self, trained: Pair[TrainedOutputs]) -> Pair[Outputs]:
        """Return what is compared: of paired models, those of which neither half diverged."""
        if not self.setup.train.paired:
            return trained.map(lambda each: each.outputs)
        both: np.ndarray = trained.a.kept & trained.b.kept
        return trained.map(lambda each: each.outputs.take(both[each.kept]))


def _notes(side: Side, trained: TrainedOutputs) -> tuple[str, ...]:
    return (*side.left_out(trained.diverged), *side.failed(trained.failures))
