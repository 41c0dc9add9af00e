"""How groups of training examples led to the answer: the way, and the groups themselves."""

from collections.abc import Iterator

from traindiff.datasets import Dataset
from traindiff.grouping.shown import GroupShown, shown
from traindiff.report.content.document import Enrichment
from traindiff.report.content.document.focusing import Focusing, FocusStep, Group
from traindiff.report.content.words import count, plural, short
from traindiff.report.evidence import Evidence
from traindiff.report.focusing import Step

__all__ = ["focusing", "focusing_lines"]


def focusing(evidence: Evidence) -> Focusing | None:
    """Return how the answer was found, where groups led to it."""
    found = evidence.findings.focusing
    if found is None:
        return None
    return Focusing(
        outline=found.outline,
        path=_path(found.steps, evidence.n_train),
        steps=tuple(_step(step) for step in found.steps),
        groups=tuple(_groups(evidence.train, found.steps[found.shown])),
    )


def focusing_lines(found: Focusing | None) -> Iterator[str]:
    """Yield the same in Markdown."""
    if found is None:
        return
    yield from ("", "## How it was found", "", f"{found.outline}. {found.path}")


def _path(steps: tuple[Step, ...], n_train: int) -> str:
    """Return the way from all examples to the named ones, such as "Of 500: 38 in 2 groups"."""
    parts = [
        f"{plural(step.named_examples, 'example')} in {plural(len(step.named), 'group')}"
        for step in steps
        if step.named
    ]
    if not parts:
        return f"Of {count(n_train)} training examples no group is named."
    return f"Of {count(n_train)} training examples: {'; of these: '.join(parts)}."


def _step(step: Step) -> FocusStep:
    models = step.comparison.n_models
    assert models is not None, "what is decided is decided by models"
    return FocusStep(
        groups=len(step.proposal.groups),
        n_models=models.a,
        estimator=step.estimator,
        p_value=step.comparison.p_value,
        named_groups=len(step.named),
        named_examples=step.named_examples,
    )


def _groups(train: Dataset | None, step: Step) -> Iterator[Group]:
    """Yield the groups, the named ones first, the surest first."""
    told = () if train is None else shown(train, step.proposal)
    q_values = step.comparison.train_q_values
    order = (*step.named, *(k for k in range(len(told)) if k not in step.named))
    for index in order if told else ():
        q = None if q_values is None else float(q_values[index])
        yield _group(told[index], named=index in step.named, q_value=q)


def _group(told: GroupShown, *, named: bool, q_value: float | None) -> Group:
    return Group(
        name=told.name,
        size=told.size,
        named=named,
        q_value=q_value,
        exemplars=told.exemplars,
        traits=tuple(
            Enrichment(
                name=short(each.name),
                value=None if each.value is None else short(each.value),
                size=told.size,
                here=each.here,
                elsewhere=each.elsewhere,
                q_value=each.q_value,
            )
            for each in told.traits
        ),
    )
