"""report.md: the answer for a pull request or a terminal."""

from collections.abc import Iterator

from traindiff.report.content.document import Direction, Document, Trial
from traindiff.report.content.focusing import focusing_lines
from traindiff.report.content.words import (
    count,
    measured,
    number,
    p_value,
    percent,
    percent_interval,
    plural,
)
from traindiff.visible import markdown as safe
from traindiff.visible import visible

__all__ = ["render"]


def render(document: Document) -> str:
    """Return the report as Markdown; texts of the user's are escaped."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    models, data = document.models, document.data
    yield f"# {safe(document.title)}"
    yield ""
    yield f"**{safe(document.answer.headline)}**"
    for sentence in document.answer.sentences:
        yield ""
        yield safe(sentence)
    yield from _cautions(document)
    yield ""
    yield f"- **A**: {safe(models.names.a)}"
    yield f"- **B**: {safe(models.names.b)}"
    yield (
        f"- **Data**: {safe(data.name)}, {plural(data.n_train, 'training example')}, "
        f"{plural(data.n_targets, 'target')}"
    )
    if models.n_models:
        yield f"- **Models**: {count(models.n_models.a)} of A, {count(models.n_models.b)} of B"
    yield from _performance(document)
    yield from _agreement(document)
    yield from focusing_lines(document.focusing)
    yield from _directions(document)
    yield from _trials(document.trials)
    yield from _lenses(document)
    yield from _caveats(document)


def _cautions(document: Document) -> Iterator[str]:
    """Say what A and B differ in, and why they may not be fit to be compared."""
    recipes = document.recipes
    if recipes is not None and not recipes.same:
        yield from ("", safe(recipes.sentence))
    if document.cautions:
        yield ""
        yield from (f"> - ⚠ {safe(caution)}" for caution in document.cautions)


def _performance(document: Document) -> Iterator[str]:
    found = document.performance
    if found is None:
        return
    yield from ("", "## Performance", "", "| | A | B | A − B | chance |", "|---|---|---|---|---|")
    for metric in found.metrics:
        shown = (*map(measured, metric.values), measured(metric.difference), number(metric.chance))
        yield f"| {metric.name} | {' | '.join(shown)} |"


def _agreement(document: Document) -> Iterator[str]:
    found = document.agreement
    if found is None:
        return
    yield from ("", "## Agreement", "", "| | share [95% interval] |", "|---|---|")
    yield f"| accuracy of A | {percent_interval(found.accuracy.a)} |"
    yield f"| accuracy of B | {percent_interval(found.accuracy.b)} |"
    yield f"| disagreement of A and B | {percent_interval(found.disagreement)} |"
    yield f"| of models of A among themselves | {percent_interval(found.self_disagreement.a)} |"
    yield f"| of models of B among themselves | {percent_interval(found.self_disagreement.b)} |"


def _directions(document: Document) -> Iterator[str]:
    if not document.directions:
        return
    untested = document.answer.found is None
    yield from ("", "## Directions" + (" (untested)" if untested else ""), "")
    yield "| direction | p | side | variance under A | under B | who |"
    yield "|---|---|---|---|---|---|"
    for direction in document.directions:
        yield _direction(direction, document.answer.smallest_p_value)


def _direction(direction: Direction, smallest: float | None) -> str:
    who = direction.ends[0].summary if direction.ends else ""
    cells = (
        str(direction.number),
        p_value(direction.p_value, smallest),
        direction.side or "–",
        percent(direction.explained.a),
        percent(direction.explained.b),
        safe(who),
    )
    return f"| {' | '.join(cells)} |"


def _trials(trials: tuple[Trial, ...]) -> Iterator[str]:
    if not trials:
        return
    yield from ("", "## Hypotheses", "")
    for trial in trials:
        yield (
            f"- **{trial.state}**: {safe(trial.description)}, on {safe(trial.on)}. "
            f"{safe(trial.sentence)} {safe(trial.reason)}"
        )


def _lenses(document: Document) -> Iterator[str]:
    if not document.lenses:
        return
    yield from ("", "## Other questions", "")
    for card in document.lenses:
        found = card.reading
        tested = "" if found.p_value is None else f" ({p_value(found.p_value, found.smallest_p)})"
        yield f"- **{safe(found.question)}** {safe(card.answer)}{tested}"


def _caveats(document: Document) -> Iterator[str]:
    found = document.diagnostics
    notes = (*((found.control,) if found.control else ()), *found.notes, *found.not_tested)
    if notes:
        yield from ("", "## Notes and what was not tested", "")
        yield from (f"- {safe(note)}" for note in notes)
    if document.reproduction.command:
        yield from ("", "## Reproduce", "", f"    {visible(document.reproduction.command)}")
