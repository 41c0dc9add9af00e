"""What is kept beside what was computed: the study file, later ideas, what a run trains."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.store import RunStore

if TYPE_CHECKING:
    from traindiff.hypotheses import Hypothesis

__all__ = ["HERE", "LOOKS", "STAGES", "STUDY_FILE", "Notebook"]

IDENTITY = fingerprint("written by people")
OWN = "own-hypotheses"
STUDY_FILE = "study-file"
STAGES = "stages"
LOOKS = "looks"
HERE = "made-here"
CURES = {
    OWN: "Delete it and add your hypotheses again: `traindiff verify RUN_DIR --transform ...`.",
    STAGES: "Run the study again: it is written anew.",
    HERE: "Run the study again: it is written anew.",
    LOOKS: "It tells what p-values have to pay for: start again in another run directory.",
    STUDY_FILE: "Run the study file itself: `traindiff run study.toml --out RUN_DIR`.",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Notebook:
    """Documents of a run directory that no setting determines.

    Parameters
    ----------
    store : RunStore
    """

    store: RunStore

    def read(self, name: str) -> Any | None:
        """Return a document, or None where there is none.

        Raises
        ------
        StoreError
            When it is damaged: nothing makes anew what people wrote.
        """
        try:
            return self.store.load_json(name, IDENTITY)
        except StoreError as error:
            raise StoreError(f"{error} {CURES[name]}") from error

    def write(self, name: str, content: Any) -> None:
        """Keep a JSON-like document in place of the former one of that name."""
        self.store.save_json(name, IDENTITY, content)

    def own_hypotheses(self) -> "tuple[Hypothesis, ...]":
        """Return the hypotheses that people have added since the study was written."""
        from traindiff.study.hypotheses import hypotheses_in

        written = self.read(OWN)
        try:
            return () if written is None else hypotheses_in(written, OWN)
        except StoreError as error:
            raise StoreError(f"{self.store.path}: {error} {CURES[OWN]}") from error

    def add(self, hypothesis: "Hypothesis") -> None:
        """Keep one more hypothesis; it is tested together with all the others."""
        from traindiff.study.hypotheses import hypothesis_to

        written = [hypothesis_to(each) for each in self.own_hypotheses()]
        if hypothesis_to(hypothesis) not in written:
            self.write(OWN, [*written, hypothesis_to(hypothesis)])
