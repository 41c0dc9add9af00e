"""What keeps the house in order: one name an idea, short functions, a true plan of the rooms."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "traindiff"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST = 40

SAME_IDEA = {
    "algorithm": "the adapter of one library",
    "arrays": "numbers that a person holds already: in memory, in a file",
    "attributed": "what checkpoints say of A and B: as evidence, and how a study comes by it",
    "base": "the protocols and values that the files of one room share",
    "checkpoints": "trained states of one algorithm: as files, as a study's evidence",
    "compare": "the public function of one kind of evidence",
    "diagnostics": "a section of the report: its data, and what fills it",
    "ensemble": "trained models of one adapter",
    "examples": "rows of a data set: as a network takes them, as a report shows them",
    "focusing": "how focus found its answer: the evidence, its section's data, what fills it",
    "geometry": "what moves pixels, before training and as a claim; angles between datamodels",
    "inputs": "what a model sees of an example: what it may be, groups of alike ones",
    "kinds": "every kind of a room by its name",
    "lenses": "a section of the report: its data, and what fills it",
    "lens": "the question of one room of lenses",
    "models": "trained models together: as evidence, as a stack",
    "outputs": "what models said: the value, and the stage that makes it",
    "overview": "a section of the report: its data, and what fills it",
    "pictures": "images: read, and drawn into a report",
    "pixels": "what image changes share, before training and as a claim",
    "problem": "one data set made ready for one adapter",
    "reading": "what an answer says to a person: a lens's, a comparison's over groups",
    "scores": "attribution scores at a border",
    "settings": "what a person chooses, checked",
    "showing": "who draws a kind of result",
    "shown": "what is told of an intermediate result",
    "subsets": "which examples models see: drawn, solved for, as evidence",
    "tables": "the table modality of a room",
    "texts": "the text modality of a room",
    "trials": "a section of the report: its data, and what fills it",
    "words": "how a place puts things in words: the report, the terminal",
}
"""Module names that stand in several rooms, and the one idea that they share."""

SAME_CLASS = {
    "Agreement": "how often A and B are right and say the same: measured, reported",
    "Answers": "what models have said when asked",
    "Calibration": "whether models are as sure as they are right: measured, reported",
    "Cost": "what work takes: of one checkpoint, of a stage",
    "Curve": "points along an axis that a report draws",
    "Draws": "random numbers made outside of what uses them",
    "Enrichment": "a property that a group has more than others: tested, reported",
    "Examples": "rows of a data set: for a network, for a report, as an exhibit",
    "Focusing": "how focus found its answer: as evidence, as a section",
    "Influence": "what training examples do to targets",
    "Models": "the trained models of A and B together: unlabelled, counted, stacked",
    "Painter": "who draws one kind of result",
    "Quality": "how well datamodels predict: measured, reported",
    "Subsets": "models on random subsets of one data set",
    "Trial": "the test of a hypothesis: done, reported",
    "Work": "what there is to do, cut into parts",
}
"""Class names that are defined in several modules, and the one idea that they share."""


def _definitions(kind):
    found = defaultdict(list)
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, kind):
                found[node.name].append((path.relative_to(SOURCE), node))
    return found


def test_no_two_modules_share_a_name_for_two_ideas():
    rooms = defaultdict(list)
    for path in FILES:
        if path.stem != "__init__":
            rooms[path.stem].append(str(path.relative_to(SOURCE)))
    shared = {name: paths for name, paths in rooms.items() if len(paths) > 1}
    assert shared.keys() == SAME_IDEA.keys(), shared


def test_no_two_test_files_share_a_name():
    # pytest imports them by it: a second one is an error, and only of a run of both folders.
    seen = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(seen) == sorted(set(seen))


def test_no_two_classes_share_a_name_for_two_ideas():
    shared = {
        name: [str(path) for path, _ in places]
        for name, places in _definitions(ast.ClassDef).items()
        if len(places) > 1
    }
    assert shared.keys() == SAME_CLASS.keys(), shared


def _length(node):
    """Lines of a function's body; a command's signature is its options, one or two lines each."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def test_functions_fit_on_half_a_screen():
    long = [
        f"{path}: {name} ({_length(node)} lines)"
        for name, places in _definitions((ast.FunctionDef, ast.AsyncFunctionDef)).items()
        for path, node in places
        if _length(node) > LONGEST
    ]
    assert not long


def test_the_plan_of_the_rooms_is_the_tree():
    rooms = {
        str(path.parent.relative_to(SOURCE))
        for path in SOURCE.rglob("__init__.py")
        if path.parent != SOURCE
    }
    ground = {path.stem for path in SOURCE.glob("*.py")} - {"__init__", "__main__"}
    plan = (ROOT / "ARCHITECTURE.md").read_text()
    listed = set(re.findall(r"^\| `([a-z_/]+)` \|", plan, flags=re.MULTILINE))
    assert listed == rooms | ground
