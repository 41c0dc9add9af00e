"""The answer in words: what may be claimed, and nothing more."""

from collections.abc import Iterator

from traindiff.comparison import Comparison, Test
from traindiff.report.content.document import POINTS, Answer, Trial
from traindiff.report.content.words import count, effect, p_value, plural, signed
from traindiff.statistics.looking import looks_told
from traindiff.statistics.looks import Look

__all__ = ["answer", "used_differently"]

FALSE_DISCOVERY_RATE = 0.1
FOUND = ("confirmed", "contrast")
"""Verdicts by which A and B are moved differently, beyond δ."""


def answer(
    comparison: Comparison, trials: tuple[Trial, ...], looks: tuple[Look, ...] = ()
) -> Answer:
    """Return the verdict on "A and B use their training data alike".

    A direction, an example or a transformation is mentioned only where its own test allows it. How
    often the run was looked at is told where that matters: more than once, or with nothing found.
    """
    test = comparison.test
    said = [*(_untested() if test is None else _tested(comparison, test)), *_verified(trials)]
    headline, *sentences = [*_first(comparison), *said]
    return Answer(
        found=None if test is None else test.significant,
        headline=headline,
        sentences=(*sentences, *comparison.cautions, *_looked(looks, test)),
        p_value=None if test is None else test.p_value,
        level=comparison.level,
        smallest_p_value=None if test is None else test.smallest_p_value,
        tests={} if test is None else dict(test.statistics),
        strength_p_value=None if test is None else test.strength,
        misaligned=comparison.misaligned,
    )


def _first(comparison: Comparison) -> list[str]:
    """Return what has to be read before any verdict, in place of its headline."""
    if not comparison.misaligned:
        return []
    seen, more = comparison.misaligned[0].split(". ", 1)
    return [f"{seen}.", more, *comparison.misaligned[1:], "Taken as they were given:"]


def _looked(looks: tuple[Look, ...], test: Test | None) -> Iterator[str]:
    if test is not None and looks and (len(looks) > 1 or not test.significant):
        yield looks_told(looks, test.level)


def used_differently(comparison: Comparison) -> tuple[int | None, int | None]:
    """Return how many training examples and targets pass at a false discovery rate of 10%.

    Both are None where nothing was tested, and 0 unless the global test is significant.
    """
    test = comparison.test
    if test is None:
        return None, None
    if not test.significant:
        return 0, 0
    trains, targets = (
        int((axis.q_values <= FALSE_DISCOVERY_RATE).sum()) for axis in (test.train, test.targets)
    )
    return trains, targets


def _untested() -> list[str]:
    return [
        "Directions along which A and B may differ, untested.",
        "The published method ranks directions but has no test: noise alone also gives "
        "directions with high explained variance. For p-values, compare the masks and outputs "
        "of the trained models.",
    ]


def _tested(comparison: Comparison, test: Test) -> list[str]:
    p = p_value(test.p_value, test.smallest_p_value)
    return _different(comparison, test, p) if test.significant else _alike(comparison, test, p)


def _different(comparison: Comparison, test: Test, p: str) -> list[str]:
    found = len(comparison.significant)
    trains, targets = used_differently(comparison)
    sentences = [_headline(test, p)]
    if test.only_strength:
        sentences.append(
            "Once each target has a scale of its own, nothing else is seen to differ "
            f"({p_value(test.strength)}): temperature, or confidence, does as much."
        )
    if found:
        sentences.append(
            f"{plural(found, 'direction')} of the training data "
            f"{'tells' if found == 1 else 'tell'} them apart."
        )
    else:
        sentences.append(
            "No single direction of the training data tells them apart: the difference is "
            "spread over examples, or shared by too few of them."
        )
    if trains or targets:
        sentences.append(
            f"{plural(trains or 0, 'training example')} {'is' if trains == 1 else 'are'} used "
            f"differently and {plural(targets or 0, 'target')} "
            f"{'is' if targets == 1 else 'are'} explained differently "
            "(at most 10% of them by chance)."
        )
    return sentences


def _headline(test: Test, p: str) -> str:
    only = ", but only in how strongly each target reacts" * test.only_strength
    return f"A and B use their training data differently{only} ({p})."


def _alike(comparison: Comparison, test: Test, p: str) -> list[str]:
    sentences = [f"No difference found in how A and B use their training data ({p})."]
    if comparison.n_models is not None:
        a, b = comparison.n_models
        kind = "checkpoints" if comparison.method == "checkpoints" else "models"
        models = f"{count(a)} {kind} a side" if a == b else f"{count(a)} and {count(b)} {kind}"
        sentences.append(
            f"With {models}, what sets A and B apart is no larger than chance makes it. "
            f"That is not proof that they are alike: a smaller difference may need more {kind} "
            "to show."
        )
    return [*sentences, test.power.message]


def _verified(trials: tuple[Trial, ...]) -> list[str]:
    told_apart = [trial for trial in trials if trial.state in FOUND]
    tested = [trial for trial in trials if trial.state != "not tested"]
    if told_apart:
        return [_found(max(told_apart, key=_clarity), _tally(tested))]
    if len(tested) == 1:
        return ["The one transformation of the input that was tested is not confirmed."]
    if tested:
        return [f"None of the {len(tested)} transformations that were tested is confirmed."]
    return []


def _clarity(trial: Trial) -> float:
    """Return the difference of the effects in thresholds, so that units don't matter."""
    if trial.difference is None or not trial.delta:
        return 0.0
    return abs(trial.difference.mean) / trial.delta


def _tally(tested: list[Trial]) -> str:
    if len(tested) == 1:
        return ""
    confirmed, contrast = (sum(each.state == word for each in tested) for word in FOUND)
    more = f", {contrast} more set A and B apart" * (contrast > 0)
    return f" {confirmed} of {plural(len(tested), 'tested transformation')} confirmed{more}."


def _found(best: Trial, tally: str) -> str:
    named = best.description if "“" in best.description else f"“{best.description}”"
    word = {"confirmed": "Confirmed", "contrast": "A contrast"}[best.state]
    found = f"{word} on fresh models and unseen inputs: {named}"
    if best.effect is None:
        return f"{found}.{tally}"
    moves = f"{found} moves {best.measured} by {effect(best.effect, best.unit)}"
    if best.placebo is None:
        return f"{moves}.{tally}"
    factor, digits = (100, 1) if best.unit == POINTS else (1, 2)
    a, b = (signed(factor * p.mean, digits) for p in best.placebo)
    return f"{moves} (a placebo: {a} and {b}).{tally}"
