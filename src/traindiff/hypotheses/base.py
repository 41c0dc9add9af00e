"""A hypothesis: a transformation of the input that should move one algorithm and not the other."""

from dataclasses import dataclass
from typing import Literal

from traindiff.datasets import Dataset
from traindiff.errors import InputError, one_of
from traindiff.hypotheses.measures import OF_A_CLASS, OF_REGRESSION, OUTPUTS, Measure, Slice
from traindiff.transforms import Transform

__all__ = ["Aim", "Hypothesis"]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Where an effect should show: on which output, about which class, for which inputs.

    Parameters
    ----------
    output : str
        What is measured (`traindiff.hypotheses.measures`): "margin", "probability", "log-odds" or
        "rate" (all three of ``class_name``), "prediction" (regression).
    class_name : str or None
        The class whose probability is measured, and which ``inputs`` refers to.
    inputs : {"all", "class", "not-class"}
        Which inputs are transformed: all, those of the class, or all but those of the class.
    """

    output: str
    class_name: str | None = None
    inputs: Slice = "all"

    def bind(self, data: Dataset) -> Measure:
        """Return the way of measuring on ``data``: the class by its index.

        Raises
        ------
        InputError
            When the output or the class does not fit ``data``.
        """
        one_of("output", self.output, OUTPUTS, "known")
        self._check_kind(data)
        return Measure(output=self.output, class_index=self._index(data), inputs=self.inputs)

    def _check_kind(self, data: Dataset) -> None:
        regression = data.class_names is None
        if regression != (self.output in OF_REGRESSION):
            fit = OF_REGRESSION if regression else set(OUTPUTS) - set(OF_REGRESSION)
            raise InputError(
                f"output {self.output!r} does not fit {data.name}; "
                f"expected one of {', '.join(sorted(fit))}."
            )

    def _index(self, data: Dataset) -> int | None:
        if self.class_name is None:
            if self.output in OF_A_CLASS or self.inputs != "all":
                raise InputError("name the class that it is about (class = ...).")
            return None
        names = data.class_names or ()
        return names.index(one_of("class", self.class_name, names, data.name))


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """What is claimed, written down before it is tested.

    Parameters
    ----------
    name : str
        Unique within a study.
    transform : Transform
    aim : Aim
        Where its effect should show.
    author : str
        "traindiff" for an automatic proposal, otherwise who had the idea.
    direction : int or None
        The direction that suggested it.
    side : {"A", "B"} or None
        Which algorithm it is expected to move; None: either.
    score : float or None
        |effect on the side| − |effect on the other|, measured on discovery inputs, in the output's
        units.
    candidates : int or None
        How many transformations were tried to find it.
    """

    name: str
    transform: Transform
    aim: Aim
    author: str
    direction: int | None = None
    side: Literal["A", "B"] | None = None
    score: float | None = None
    candidates: int | None = None

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the hypothesis can't be tested on data of this kind."""
        try:
            self.aim.bind(data)
        except InputError as error:
            raise InputError(f"hypothesis {self.name!r}: {error}") from error
        self.transform.check(data)
