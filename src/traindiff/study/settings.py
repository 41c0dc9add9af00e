"""The settings of a study, as its file and `Study` take them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from traindiff.errors import InputError
from traindiff.study.validation import explain

__all__ = [
    "AttributeSettings",
    "CompareSettings",
    "DataSettings",
    "Focus",
    "Sections",
    "StudyFile",
    "TrainSettings",
    "VerifySettings",
]

Share = Annotated[float, Field(gt=0, lt=1)]


class _Settings(BaseModel):
    # Strict: "512", 512.0 and true are slips where a whole number is meant.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise InputError(explain(error, type(self), type(self).__name__)) from None

    # Else pydantic calls it for sections inside others too, whose mistakes then lose their names.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class DataSettings(_Settings):
    """Section [data]: where examples come from, and how many go where.

    Keys beyond these are the source's own arguments, such as ``path``.
    """

    model_config = ConfigDict(extra="allow")

    source: str
    train: Annotated[int, Field(ge=2)]
    targets: Annotated[int, Field(ge=1)]
    verification: Annotated[int, Field(ge=1)]
    group: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The source's own arguments."""
        return dict(self.model_extra or {})


class TrainSettings(_Settings):
    """Section [train]: how many models, on which subsets, where."""

    models: Annotated[int, Field(ge=20)] = 1000
    fraction: Share = 0.5
    group: str | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    paired: bool = True
    output: str | None = None
    chunk: Annotated[int, Field(ge=1)] | None = None
    engine: Literal["inline", "processes", "dask"] = "processes"
    workers: Annotated[int, Field(ge=1)] | None = None
    scheduler: str | None = None
    patience: Annotated[float, Field(gt=0)] | None = None
    seconds_per_model: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _placed(self) -> "TrainSettings":
        if self.scheduler is not None and self.engine != "dask":
            raise ValueError("scheduler, the address of a Dask scheduler, needs engine = 'dask'")
        if self.patience is not None and self.engine != "dask":
            raise ValueError("patience, with a Dask scheduler, needs engine = 'dask'")
        if self.scheduler is not None and self.workers is not None:
            raise ValueError("workers are the Dask scheduler's own: leave out workers or scheduler")
        return self


class AttributeSettings(_Settings):
    """Section [attribute]: attributions of a few checkpoints instead of many subset models.

    Keys beyond these are the method's own settings, such as ``ridge``.
    """

    model_config = ConfigDict(extra="allow")

    checkpoints: Annotated[int, Field(ge=3)] = 10
    method: str = "trak"
    files_a: str | None = None
    files_b: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The method's own settings."""
        return dict(self.model_extra or {})


class Focus(_Settings):
    """Section [focus]: few models, each on half of a few groups of training examples.

    Parameters
    ----------
    groups : str
        "attributions" of a few checkpoints a side, alike "inputs" of one class, or the name of a
        column. "auto": attributions where both algorithms have gradients, else inputs.
    checkpoints : int
        A side, for attributions.
    count : int, optional
        Number of groups; by default 16, fewer of fewer than 64 examples. Of a column, its values.
    models : int
        A side, each on a random half of the groups. Raise it later: those that are there are kept.
    zoom : int
        How many times the groups that are used differently are divided, and decided on again by
        ``models`` further models a side: until nothing is significant, or single examples are left.
    """

    groups: str = "auto"
    checkpoints: Annotated[int, Field(ge=2)] = 5
    count: Annotated[int, Field(ge=2)] | None = None
    models: Annotated[int, Field(ge=20)] = 80
    zoom: Annotated[int, Field(ge=0)] = 0


class CompareSettings(_Settings):
    """Section [compare]: the arguments of `traindiff.compare`, and how far a run may go."""

    directions: Annotated[int, Field(ge=1)] = 10
    permutations: Annotated[int, Field(ge=19)] = 200
    level: Share = 0.05
    shrinkage: Annotated[float, Field(ge=0, le=1)] = 0.3
    planned: Annotated[int, Field(ge=1)] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments; how many models are planned is a run's, not a comparison's."""
        return self.model_dump(exclude={"planned"})

    @model_validator(mode="after")
    def _reach(self) -> "CompareSettings":
        """Refuse a level that no p-value can reach."""
        if self.level < 1 / (self.permutations + 1):
            raise ValueError(
                f"{self.permutations} permutations allow no p-value below "
                f"{1 / (self.permutations + 1):.2g}; level is {self.level:g}. Raise permutations."
            )
        return self


class VerifySettings(_Settings):
    """Section [verify]: fresh models, thresholds, and a person's own transformations."""

    models: Annotated[int, Field(ge=5)] = 20
    discovery_models: Annotated[int, Field(ge=2)] = 8
    proposals: Annotated[int, Field(ge=0)] = 3
    directions: Annotated[int, Field(ge=1)] = 3
    epsilon: Annotated[float, Field(gt=0)] | None = None
    delta: Annotated[float, Field(gt=0)] | None = None
    group: str | None = None
    resamples: Annotated[int, Field(ge=100)] = 1000
    transform: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _ordered(self) -> "VerifySettings":
        if self.epsilon is not None and self.delta is not None and self.epsilon > self.delta:
            raise ValueError(
                f"epsilon = {self.epsilon:g}, what counts as no effect, must not exceed "
                f"delta = {self.delta:g}, what counts as one"
            )
        return self


class Sections(_Settings):
    """The sections that say what is done with two algorithms and the data."""

    train: TrainSettings = TrainSettings()
    attribute: AttributeSettings | None = None
    focus: Focus | None = None
    compare: CompareSettings = CompareSettings()
    verify: VerifySettings = VerifySettings()


class StudyFile(_Settings):
    """A whole study.toml."""

    title: str = ""
    data: DataSettings
    a: dict[str, Any]
    b: dict[str, Any]
    train: TrainSettings = TrainSettings()
    attribute: AttributeSettings | None = None
    focus: Focus | None = None
    compare: CompareSettings = CompareSettings()
    verify: VerifySettings = VerifySettings()
