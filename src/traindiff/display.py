"""Comparisons and verdicts in a notebook: charts, and what they look like on their own.

Importing this module lets them draw themselves.
"""

import hashlib
import re

import altair as alt
import vl_convert

from traindiff.comparison import Comparison
from traindiff.comparison import showing as comparisons
from traindiff.datasets import Splits
from traindiff.errors import InputError
from traindiff.report.content.build import build, similarity
from traindiff.report.content.cards import card, points
from traindiff.report.content.document import Trial
from traindiff.report.content.trials import judged
from traindiff.report.evidence import Evidence, Findings
from traindiff.report.render import charts, effect_charts, templating
from traindiff.report.render.pictures import on_cards
from traindiff.showing import Card, Drawing
from traindiff.verification import Verdict
from traindiff.verification import showing as verdicts

__all__ = ["direction_card", "evidence_html"]

IDENTITY = re.compile(r'(\bid="|url\(#)')
NAMED_COLOUR = re.compile(r"var\(--(\w+), (#[0-9a-f]{6})\)")


def evidence_html(evidence: Evidence) -> str:
    """Return a study's answer, verified transformations included, and its directions as HTML."""
    return templating.render("comparison.html.j2", report=build(evidence))


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
    html = templating.render(
        "card.html.j2",
        scope=_name(repr(shown)),  # its styles must not reach another card's pictures
        report=build(evidence),
        direction=shown,
        pictures=on_cards(splits, (shown,)),
    )
    return Card(title=f"direction {shown.number} of {comparison.n_directions}", html=html)


class _Comparisons:
    """Draws comparisons."""

    def html(self, comparison: Comparison) -> str:
        return evidence_html(_alone(comparison))

    def card(self, comparison: Comparison, direction: int, splits: Splits | None) -> Card:
        return direction_card(comparison, direction, splits)

    def similarity(self, comparison: Comparison) -> Drawing:
        return _drawing(charts.similarity(similarity(comparison)))

    def explained(self, comparison: Comparison) -> Drawing:
        return _drawing(charts.explained(points(comparison)))

    def strengths(self, comparison: Comparison) -> Drawing:
        level = None if comparison.test is None else comparison.test.null_level
        return _drawing(charts.strengths(points(comparison), level))

    def scales(self, comparison: Comparison) -> Drawing:
        if comparison.scales is None:
            raise InputError(
                f"plot_scales needs a comparison that tried scales; the {comparison.method} method "
                "has none."
            )
        return _drawing(charts.scales(build(_alone(comparison)).diagnostics, comparison.level))


class _Verdicts:
    """Draws verdicts."""

    def html(self, verdict: Verdict) -> str:
        return templating.render("verdict.html.j2", trial=judged(verdict))

    def effects(self, verdict: Verdict) -> Drawing:
        return _drawing(effect_charts.effects(_tested(verdict)))

    def doses(self, verdict: Verdict) -> Drawing:
        return _drawing(effect_charts.doses(_tested(verdict)))


comparisons.register(_Comparisons())
verdicts.register(_Verdicts())


def _alone(comparison: Comparison, splits: Splits | None = None) -> Evidence:
    return Evidence(title="", findings=Findings(comparison=comparison), splits=splits)


def _tested(verdict: Verdict) -> Trial:
    trial = judged(verdict)
    if trial.effect is None:
        raise InputError(f"{verdict.hypothesis.name!r} was not tested: {verdict.reason}")
    return trial


def _drawing(chart: alt.LayerChart) -> Drawing:
    spec = chart.to_dict()
    return Drawing(
        title=spec["description"], svg=_themed(vl_convert.vegalite_to_svg(spec)), spec=spec
    )


def _themed(svg: str) -> str:
    """Let a picture follow the notebook around it.

    Colours stay plain attributes, which every program reads; a style overrides them where there is
    a browser.
    """
    names = dict(sorted((colour, name) for name, colour in NAMED_COLOUR.findall(svg)))
    # Pictures inline on one page share their ids: another chart's clip would cut this one.
    own = IDENTITY.sub(rf"\g<1>{_name(svg)}-", svg)
    plain = NAMED_COLOUR.sub(r"\2", own)
    style = templating.render("chart.css.j2", colours=names)
    head, rest = plain.split(">", 1)
    return f"{head.replace('marks', 'traindiff', 1)}><style>{style}</style>{rest}"


def _name(content: str) -> str:
    return f"traindiff-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
