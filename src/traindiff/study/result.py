"""What a study found, ready for a notebook."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from traindiff.comparison import Comparison
from traindiff.datamodels import Datamodels
from traindiff.display import Card, direction_card, evidence_html
from traindiff.hypotheses import Hypothesis
from traindiff.lenses.predictions.agreement import Agreement
from traindiff.outputs import Outputs
from traindiff.report import Evidence
from traindiff.report.frames import verdicts_frame
from traindiff.study.evidence.checkpoints import MeanAttribution
from traindiff.verification import Verdict

__all__ = ["StudyResult"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResult:
    """What a study found.

    Parameters
    ----------
    comparison : Comparison
    agreement : Agreement or None
        None for regression.
    outputs_a, outputs_b : Outputs
        Of the trained ensembles.
    datamodels_a, datamodels_b : Datamodels or MeanAttribution
        To read: sparse datamodels that inference does not use, or the checkpoints' mean scores.
    hypotheses : tuple of Hypothesis
    verdicts : tuple of Verdict, one a hypothesis
    notes : tuple of str
        What was left out or computed anew, and how much of it.
    evidence : Evidence
        All of it together with the examples, as the report was written from it.
    report_path : Path
    """

    comparison: Comparison
    agreement: Agreement | None
    outputs_a: Outputs
    outputs_b: Outputs
    datamodels_a: Datamodels | MeanAttribution
    datamodels_b: Datamodels | MeanAttribution
    hypotheses: tuple[Hypothesis, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    evidence: Evidence
    report_path: Path

    def direction(self, direction: int) -> Card:
        """Return the report's card of one direction, counted from 0, for a notebook to display.

        Raises
        ------
        InputError
            When there is no such direction.
        """
        return direction_card(self.comparison, direction, self.evidence.splits)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a hypothesis: what was tested, its effects and the verdict."""
        return verdicts_frame(self.verdicts)

    def __repr__(self) -> str:
        tested = len(self.verdicts)
        confirmed = sum(verdict.state == "confirmed" for verdict in self.verdicts)
        return (
            f"<StudyResult: {self.comparison!r}, {confirmed} of {tested} hypotheses confirmed, "
            f"report at {self.report_path}>"
        )

    def _repr_html_(self) -> str:
        return evidence_html(self.evidence)
