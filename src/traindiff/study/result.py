"""What a study found, ready for a notebook."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from traindiff.comparison import Comparison
from traindiff.display import direction_card, evidence_html
from traindiff.hypotheses import Hypothesis
from traindiff.lenses.predictions.agreement import Agreement
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report import Evidence
from traindiff.showing import Card
from traindiff.verification import Verdict
from traindiff.verification.frame import verdicts_frame

__all__ = ["StudyResult"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResult:
    """What a study found.

    Parameters
    ----------
    evidence : Evidence
        All that was found, together with the examples, as the report was written from it.
    notes : tuple of str
        What was left out or computed anew, and how much of it.
    report_path : Path
    """

    evidence: Evidence
    notes: tuple[str, ...]
    report_path: Path

    @property
    def comparison(self) -> Comparison:
        """Whether A and B use their training data differently, and how."""
        return self.evidence.comparison

    @property
    def outputs_a(self) -> Outputs:
        """What A's trained models say."""
        return self._outputs.a

    @property
    def outputs_b(self) -> Outputs:
        """What B's trained models say."""
        return self._outputs.b

    @property
    def agreement(self) -> Agreement | None:
        """How often A and B are right, and whose predictions changed; None for regression."""
        return self.evidence.agreement

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What was tested: people's own ideas, then proposals."""
        return self.evidence.hypotheses

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One a hypothesis."""
        return self.evidence.verdicts

    @property
    def _outputs(self) -> Pair[Outputs]:
        outputs = self.evidence.findings.outputs
        assert outputs is not None, "a study trains models that say something"
        return outputs

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
