"""The answers of A and B to the same questions, checked and put side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from traindiff.errors import InputError
from traindiff.lenses.asking.respondents import Respondent
from traindiff.lenses.base import Answers, Questions
from traindiff.pair import Pair

__all__ = ["joined"]


def joined(sides: Pair[Respondent], questions: Questions) -> tuple[Questions, Pair[Answers]]:
    """Return what both sides say, with labels and predictions in the same class indices.

    Raises
    ------
    InputError
        When the sides answer different numbers of examples, know different classes, or say NaN.
    """
    answers = sides.map(lambda side: side.respond(questions.inputs))
    _check_counts(answers, questions)
    _check_ids(sides, questions)
    _check_finite(answers)
    _check_kinds(answers)
    if answers.a.regression:
        return questions, answers
    _check_widths(sides, answers, questions)
    classes = _classes(sides, answers, questions)
    coded = Pair(
        _coded("A's predictions", answers.a, classes),
        _coded("B's predictions", answers.b, classes),
    )
    return _coded_labels(_named(questions, classes), classes), coded


def _check_counts(answers: Pair[Answers], questions: Questions) -> None:
    counts = {side: each.predictions.shape[1] for side, each in answers.items()}
    for what, given in (("inputs", questions.inputs), ("labels", questions.labels)):
        if given is not None:
            counts[what] = len(given)
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{what}: {count}" for what, count in counts.items())
        raise InputError(
            f"A and B must answer about the same examples, found {found}. Arrays are [models, "
            "examples] or [models, examples, classes]; for the outputs of one model give a list: "
            "[outputs]."
        )


def _check_ids(sides: Pair[Respondent], questions: Questions) -> None:
    named = {"A": sides.a.ids, "B": sides.b.ids, "the data": questions.ids}
    known = {what: ids for what, ids in named.items() if ids is not None}
    for what, ids in known.items():
        if tuple(ids) != tuple(next(iter(known.values()))):
            raise InputError(
                f"the ids of {next(iter(known))} and of {what} differ: put the answers in the "
                "order of the same examples."
            )


def _check_finite(answers: Pair[Answers]) -> None:
    for side, each in answers.items():
        numbers = each.predictions if each.logits is None else each.logits
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
            model, example, *_ = np.argwhere(~np.isfinite(numbers))[0]
            raise InputError(
                f"model {model} of {side} says NaN or infinity about example {example}: leave out "
                "the models that diverged."
            )


def _check_kinds(answers: Pair[Answers]) -> None:
    if answers.a.regression != answers.b.regression:
        values, names = ("A", "B") if answers.a.regression else ("B", "A")
        raise InputError(
            f"{values} predicts values and {names} classes: a lens compares answers to one "
            "question. Whole numbers given as floats are values: give integers for classes."
        )


def _check_widths(sides: Pair[Respondent], answers: Pair[Answers], questions: Questions) -> None:
    widths = {
        "A": _width(sides.a, answers.a),
        "B": _width(sides.b, answers.b),
        "the data": None if questions.class_names is None else len(questions.class_names),
    }
    known = {what: width for what, width in widths.items() if width is not None}
    if len(set(known.values())) > 1:
        found = ", ".join(f"{what} {width}" for what, width in known.items())
        raise InputError(
            f"A and B must know the same classes, found {found} classes; give both models the "
            "same task, or leave out the logits of what only one of them knows."
        )


def _classes(
    sides: Pair[Respondent], answers: Pair[Answers], questions: Questions
) -> tuple[Any, ...] | None:
    """Return the label that each class index stands for; None where labels are indices."""
    a, b = sides.a.classes, sides.b.classes
    if a is not None and b is not None and a != b:
        raise InputError(
            f"A and B must know the same classes: A was fitted on {list(a)}, B on {list(b)}; fit "
            "both on the same labels."
        )
    return a or b or _texts(answers, questions)


def _texts(answers: Pair[Answers], questions: Questions) -> tuple[str, ...] | None:
    """Return the names among labels and predictions that are texts, in order."""
    said = [each.predictions for each in answers if each.predictions.dtype.kind in "OU"]
    if questions.labels is not None and questions.labels.dtype.kind in "OU":
        said.append(questions.labels)
    return tuple(sorted({str(name) for each in said for name in each.flat})) or None


def _width(side: Respondent, answers: Answers) -> int | None:
    if answers.logits is not None:
        return int(answers.logits.shape[2])
    return None if side.classes is None else len(side.classes)


def _coded(what: str, answers: Answers, classes: Sequence[Any] | None) -> Answers:
    """Return answers whose predictions are class indices, as they are where logits told them."""
    if answers.logits is not None:
        return answers
    return replace(answers, predictions=_places(what, answers.predictions, classes))


def _coded_labels(questions: Questions, classes: Sequence[Any] | None) -> Questions:
    if questions.labels is None:
        return questions
    labels, names = questions.labels, questions.class_names
    indexed = names is not None and labels.dtype.kind in "iu"
    if indexed and classes is not None and all(isinstance(each, str) for each in classes):
        labels = np.asarray(names)[labels]
    return replace(questions, labels=_places("labels", labels, classes))


def _named(questions: Questions, classes: Sequence[Any] | None) -> Questions:
    if questions.class_names is not None or classes is None:
        return questions
    return replace(questions, class_names=tuple(map(str, classes)))


def _places(what: str, values: np.ndarray, classes: Sequence[Any] | None) -> np.ndarray:
    """Return the place of each label among the classes."""
    if classes is None:
        return _whole(what, values)
    places = {label: place for place, label in enumerate(classes)}
    missing = sorted(set(np.unique(values).tolist()) - places.keys(), key=str)
    if missing:
        raise InputError(
            f"{what} hold {missing[0]!r}, which is none of the classes that the models were "
            f"fitted on: {list(classes)}."
        )
    coded: np.ndarray = np.vectorize(places.__getitem__, otypes=[np.int64])(values)
    return coded


def _whole(what: str, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "iub":
        return values.astype(np.int64)
    if values.dtype.kind == "f" and (values == np.round(values)).all():
        return values.astype(np.int64)
    raise InputError(
        f"{what} must be class indices where the models give no names of classes, found "
        f"{values.dtype} such as {values.flat[0]!r}."
    )
