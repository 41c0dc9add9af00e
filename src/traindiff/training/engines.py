"""Where chunks are trained."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Engine", "Inline"]

Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(Protocol):
    """A way to apply one function to many tasks.

    Workers are stateless: a task's result depends on the function and the task alone, so a lost
    worker's task is simply done again.
    """

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield each task's index and result, in the order in which they finish.

        Closing the generator stops the workers.

        Raises
        ------
        TrainingError
            When workers keep dying.
        """
        ...

    def capacity(self) -> int:
        """Return how many tasks run at a time."""
        ...


@dataclass(frozen=True, kw_only=True)
class Inline:
    """One task after another, in this process."""

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield each task's index and result, in the order given."""
        for index, task in enumerate(tasks):
            yield index, work(task)

    def capacity(self) -> int:
        """Return 1."""
        return 1
