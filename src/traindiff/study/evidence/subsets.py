"""The evidence of many models, each trained on a random subset (METHOD §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from traindiff.comparison import compare
from traindiff.comparison.control import control_p_value
from traindiff.datamodels import fit_datamodels
from traindiff.datamodels.curve import learning_curve
from traindiff.identity import fingerprint_array
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Attribution, Findings
from traindiff.store import RunStore
from traindiff.study.evidence.base import COMPARE, Pending
from traindiff.study.evidence.trained import kept_by_both, notes_of, outputs_work, train_side
from traindiff.study.known import Known
from traindiff.study.ledger import Ledger, Spending
from traindiff.study.settings import CompareSettings
from traindiff.study.setup import Setup
from traindiff.study.sides import Side, on_subsets
from traindiff.training.work import cut

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
    def outline(self) -> str:
        train = self.setup.train
        return f"{train.models:,} models a side, each on a random {train.fraction:.0%}"

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
        chunks = cut(side.masks, side.seeds, self.setup.chunk(side.algorithm))
        return Pending(side=side, work=outputs_work(self.setup, side), chunks=chunks)

    def cost(self, side: Side) -> None:
        return None

    def spending(self, store: RunStore | None) -> Spending:
        return self._look(Ledger.read(store))

    def find(self, store: RunStore, progress: Progress) -> Findings:
        sides = self._sides()
        setup, seed = self.setup, self.setup.train.seed
        trained = sides.map(
            lambda side: train_side(setup, side, store, progress, chunk=setup.chunk(side.algorithm))
        )
        outputs = kept_by_both(trained, paired=setup.train.paired)
        ledger = Ledger.read(store)
        look = self._look(ledger)
        settings = {
            **self.compare.arguments,
            "permutations": look.permutations(self.compare.permutations),
        }
        known = Known(store=store, of={"seed": seed, "outputs": [*outputs.map(_identity)]})
        datamodels: Pair[Attribution] = known.value(
            "datamodels",
            {},
            lambda: outputs.map(lambda side: fit_datamodels(side, estimator="lasso", seed=seed)),
        )
        comparison = known.value(
            "comparison",
            settings,
            lambda: compare(outputs.a, outputs.b, **settings, seed=seed, progress=progress),
        )
        assert comparison.test is not None
        looks = look.taken(comparison.test.p_value)
        ledger.keep(store, self._determined, looks[len(look.before)], level=look.level)
        return Findings(
            comparison=look.over_all(comparison),
            looks=looks,
            outputs=outputs,
            datamodels=datamodels,
            curves=known.value(
                "curves",
                {},
                lambda: outputs.map(lambda side: learning_curve(side, "difference", seed=seed)),
            ),
            control_p_value=self._control(known, outputs.a, settings, progress),
            notes=notes_of(sides, trained),
        )

    def _look(self, ledger: Ledger) -> Spending:
        return ledger.spending(self._determined, self.setup.train.models, self.compare)

    @property
    def _determined(self) -> dict[str, Any]:
        """All that determines the p-value of a look, beside what no run directory may change."""
        return {"models": self.setup.train.models, "compare": self.compare.arguments}

    def _control(
        self, known: Known, outputs: Outputs, settings: Mapping[str, Any], progress: Progress
    ) -> float | None:
        own = {key: value for key, value in settings.items() if key != "directions"}
        return known.value(
            "control",
            own,
            lambda: control_p_value(outputs, **own, seed=self.setup.train.seed, progress=progress),
        )

    def _sides(self) -> Pair[Side]:
        setup = self.setup
        return on_subsets(setup.algorithms, setup.train, n_train=len(setup.splits.train))


def _identity(outputs: Outputs) -> list[str]:
    return [fingerprint_array(each) for each in (outputs.masks, outputs.values)]
