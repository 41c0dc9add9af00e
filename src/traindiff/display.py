"""Comparisons and verdicts in a notebook: charts, and what they look like on their own."""

from dataclasses import dataclass

import altair as alt
from markupsafe import escape

from traindiff.comparison import Comparison
from traindiff.comparison.showing import register
from traindiff.datasets import Splits
from traindiff.errors import InputError
from traindiff.report.content.build import build, similarity
from traindiff.report.content.cards import card, points
from traindiff.report.content.trials import judged
from traindiff.report.evidence import Evidence, Findings
from traindiff.report.render import charts, effect_charts, templating
from traindiff.report.render.pictures import on_cards
from traindiff.verification import Verdict

__all__ = [
    "Card",
    "comparison_html",
    "direction_card",
    "evidence_html",
    "plot_doses",
    "plot_effects",
    "plot_explained",
    "plot_scales",
    "plot_similarity",
    "plot_strengths",
    "verdict_html",
]


def plot_similarity(comparison: Comparison) -> alt.LayerChart:
    """Draw how alike the two datamodels of each target are (METHOD §3.6)."""
    return charts.similarity(similarity(comparison.similarity))


def plot_explained(comparison: Comparison) -> alt.LayerChart:
    """Draw the variance that each direction explains under A against B (METHOD §3.4)."""
    return charts.explained(points(comparison))


def plot_strengths(comparison: Comparison) -> alt.LayerChart:
    """Draw how strong each direction is against what noise alone reaches (METHOD §5.4)."""
    return charts.strengths(
        points(comparison), None if comparison.test is None else comparison.test.null_level
    )


def plot_scales(comparison: Comparison) -> alt.LayerChart:
    """Draw the p-value at every scale of B against A that was tried (METHOD §5.1).

    Raises
    ------
    InputError
        For the published method, which tries none.
    """
    if comparison.scales is None:
        raise InputError("plot_scales needs a tested comparison; the published method has no test.")
    return charts.scales(build(_alone(comparison)).diagnostics, comparison.level)


def plot_effects(verdict: Verdict) -> alt.LayerChart:
    """Draw the effects of a tested transformation and its placebo, with intervals (METHOD §6)."""
    return effect_charts.effects(judged(_tested(verdict)))


def plot_doses(verdict: Verdict) -> alt.LayerChart:
    """Draw the effects of a tested transformation against its strength (METHOD §6)."""
    return effect_charts.doses(judged(_tested(verdict)))


def comparison_html(comparison: Comparison) -> str:
    """Return the answer and the directions as a small piece of HTML."""
    return evidence_html(_alone(comparison))


def evidence_html(evidence: Evidence) -> str:
    """Return a study's answer, verified transformations included, and its directions as HTML."""
    return templating.render("comparison.html.j2", report=build(evidence))


def verdict_html(verdict: Verdict) -> str:
    """Return a verdict as a small piece of HTML."""
    return templating.render("verdict.html.j2", trial=judged(verdict))


@dataclass(frozen=True)
class Card:
    """One direction, as the report shows it; a notebook displays it by itself."""

    html: str

    def _repr_html_(self) -> str:
        frame = "width:100%;height:34rem;border:0"
        return f'<iframe sandbox srcdoc="{escape(self.html)}" style="{frame}"></iframe>'


def direction_card(comparison: Comparison, direction: int, splits: Splits | None = None) -> Card:
    """Return the card of one direction, significant or not; it says which.

    Parameters
    ----------
    comparison : Comparison
    direction : int
        From 0.
    splits : Splits, optional
        The examples; without them the card names examples by their index.

    Raises
    ------
    InputError
        When there is no such direction.
    """
    if not 0 <= direction < comparison.n_directions:
        raise InputError(
            f"direction must lie in [0, {comparison.n_directions}), found {direction}."
        )
    evidence = _alone(comparison, splits)
    shown = card(evidence, points(comparison)[direction])
    return Card(
        templating.render(
            "card.html.j2",
            report=build(evidence),
            direction=shown,
            pictures=on_cards(evidence, (shown,)),
        )
    )


def _alone(comparison: Comparison, splits: Splits | None = None) -> Evidence:
    return Evidence(title="", findings=Findings(comparison=comparison), splits=splits)


def _tested(verdict: Verdict) -> Verdict:
    if verdict.effect is None:
        raise InputError(f"{verdict.hypothesis.name!r} was not tested: {verdict.reason}")
    return verdict


class _Painter:
    """How a comparison shows itself (`traindiff.comparison.showing.Painter`)."""

    def html(self, comparison: Comparison) -> str:
        return comparison_html(comparison)

    def card(self, comparison: Comparison, direction: int, splits: Splits | None) -> Card:
        return direction_card(comparison, direction, splits)

    def similarity(self, comparison: Comparison) -> alt.LayerChart:
        return plot_similarity(comparison)

    def explained(self, comparison: Comparison) -> alt.LayerChart:
        return plot_explained(comparison)

    def strengths(self, comparison: Comparison) -> alt.LayerChart:
        return plot_strengths(comparison)

    def scales(self, comparison: Comparison) -> alt.LayerChart:
        return plot_scales(comparison)


register(_Painter())
