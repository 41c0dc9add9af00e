"""Hypotheses as a person writes them, and as a run directory keeps them: one flat table."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

from traindiff.errors import InputError, StoreError
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.hypotheses.measures import Slice
from traindiff.study.validation import construct
from traindiff.transforms import from_dict

__all__ = ["hypotheses_in", "hypothesis_from", "hypothesis_to", "summary"]

AIM = ("output", "inputs")
CLAIM = {field.name for field in fields(Hypothesis)} - {"transform", "aim"} | set(AIM)


def hypothesis_from(written: Mapping[str, Any], where: str) -> Hypothesis:
    """Return the hypothesis of one table.

    Parameters
    ----------
    written : mapping
        ``kind``, ``strength`` and the kind's parameters; ``class``, ``inputs``, ``output`` and
        ``side`` say what is claimed; ``name`` and ``author`` say by whom. A class without an output
        means its probability on the inputs of other classes.
    where : str
        For messages.

    Raises
    ------
    InputError
        When a key is unknown or a value unsuitable.
    """
    claim = {key: value for key, value in written.items() if key in CLAIM}
    transform = {k: v for k, v in written.items() if k not in CLAIM and k != "class"}
    try:
        made = from_dict(transform)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    if "class" in written:
        claim = {"output": "probability", "inputs": "not-class"} | claim
        claim["class_name"] = written["class"]
    claim = {"name": made.describe(), "author": "a person", "output": "margin"} | claim
    checked = construct(_claim, claim, where)
    aim = {key: checked.pop(key) for key in (*AIM, "class_name")}
    return Hypothesis(transform=made, aim=Aim(**aim), **checked)


def hypotheses_in(document: Any, where: str) -> tuple[Hypothesis, ...]:
    """Return the hypotheses that a run directory keeps in a document.

    Raises
    ------
    StoreError
        When it is not what `hypothesis_to` wrote.
    """
    try:
        if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
            raise InputError(f"{where} must be a list of tables.")
        return tuple(hypothesis_from(each, where) for each in document)
    except InputError as error:
        raise StoreError(f"the document {where!r} is damaged: {error}") from error


def hypothesis_to(hypothesis: Hypothesis) -> dict[str, Any]:
    """Return the table from which `hypothesis_from` makes the hypothesis again."""
    claim = {name: getattr(hypothesis, name) for name in CLAIM - set(AIM)}
    claim |= {name: getattr(hypothesis.aim, name) for name in AIM}
    claim["class"] = hypothesis.aim.class_name
    known = {key: value for key, value in claim.items() if value is not None}
    return {**hypothesis.transform.to_dict(), **dict(sorted(known.items()))}


def summary(hypothesis: Hypothesis) -> str:
    """Return what would be tested, on one line."""
    aim = hypothesis.aim
    of = f" of {aim.class_name}" if aim.class_name is not None else ""
    return (
        f"To be tested: {hypothesis.transform.describe()}; {aim.output}{of}, {aim.inputs} inputs."
    )


def _claim(
    name: str,
    author: str,
    output: str,
    class_name: str | None = None,
    inputs: Slice = "all",
    direction: int | None = None,
    side: Literal["A", "B"] | None = None,
    score: float | None = None,
    candidates: int | None = None,
) -> dict[str, Any]:
    """Return the fields of a claim; its annotations are what a study file may say."""
    return dict(locals())
