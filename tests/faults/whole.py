"""A whole study, verification included, that is killed and damaged again and again."""

import os
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.training.cases import Ensemble, Means, digits

from traindiff import seeding
from traindiff.datasets.splits import split
from traindiff.errors import StoreError
from traindiff.store.pieces import check_piece
from traindiff.study import Study

OUTPUTS = ("report.json", "report.md", "report.html", "lock")


@dataclass(frozen=True, kw_only=True)
class Seeing(Means):
    """Class means of the first columns alone, hardly shaken."""

    columns: int

    def describe(self) -> dict[str, Any]:
        return {"columns": self.columns}

    def train(self, data: Any, masks: Any, seeds: Any, advance: Any) -> Any:
        inputs = data.inputs * (np.arange(4) < self.columns)
        models = [
            [inputs[mask & (data.labels == label)].mean(axis=0) for label in range(3)]
            + 0.02 * seeding.stream(seed, "shake").normal(size=(3, 4))
            for mask, seed in zip(masks, seeds, strict=True)
        ]
        return Ensemble(means=np.array(models), keeps=True)


def study(run_dir: Path) -> Study:
    return Study(
        split(digits(120), train=40, targets=30, verification=40, seed=0),
        Seeing(columns=4),
        Seeing(columns=2),
        run_dir=run_dir,
        train={"models": 80, "chunk": 4},
        compare={"permutations": 19},
        verify={"proposals": 1, "models": 6, "discovery_models": 3, "resamples": 100},
    )


def start(run_dir: Path) -> int:
    """Begin the study, or go on with it, in a process of its own; return its id."""
    child = os.fork()  # what takes long, importing, is done once
    if not child:
        code = 1
        try:
            study(run_dir).run()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child: int) -> bool:
    """Wait for a process; return whether it came to its end by itself."""
    return os.waitpid(child, 0)[1] == 0


def killed(times: int, place: Path, seed: int = 0) -> Counter[str]:
    """Kill a run ``times`` times at random moments, each whole one held against an unharmed one."""
    rng = seeding.stream(seed, "kills")
    study(place / "first").run()  # so that no child has to import or compile
    began = time.monotonic()
    assert ended(start(place / "whole"))
    took = time.monotonic() - began
    wanted, found = (place / "whole" / "report.json").read_bytes(), Counter[str]()
    run_dir = place / "killed"
    while found["killed"] < times:
        child = start(run_dir)
        time.sleep(took * rng.uniform(0, 1.1))
        os.kill(child, 9)
        last = found["killed"] == times - 1
        if ended(child):
            found["ended before"] += 1
        else:
            found["killed"] += 1
            if not last and rng.random() < 0.7:  # the next one goes on with what this one left
                continue
            assert ended(start(run_dir)), "a run after kills failed"
        assert (run_dir / "report.json").read_bytes() == wanted, "another report.json"
        found["reports compared, all equal"] += 1
        shutil.rmtree(run_dir)
    return found


def flipped(faults: int, place: Path, seed: int = 0, at_once: int = 25) -> Counter[str]:
    """Change single bytes of a finished run directory; every one must be named and made good."""
    rng, found = seeding.stream(seed, "bytes"), Counter[str]()
    run_dir = place / "flipped"
    study(run_dir).run()
    wanted = (run_dir / "report.json").read_bytes()
    while found["bytes changed"] < faults:
        victims = _victims(run_dir, rng, at_once)
        whole = {victim: victim.read_bytes() for victim in victims}
        for victim, content in whole.items():
            victim.write_bytes(_changed(content, rng))
        notes = "\n".join(study(run_dir).run().notes)
        assert (run_dir / "report.json").read_bytes() == wanted, "another report.json"
        for victim in victims:
            found["bytes changed"] += 1
            if victim.name in OUTPUTS:
                found["report written anew"] += 1
            elif str(victim) in notes:
                found["named, computed anew"] += 1
            else:  # such as models asked for proposals, which are there
                found["not needed; named when read"] += 1
                _named(victim, run_dir)
                victim.write_bytes(whole[victim])
    return found


def _changed(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    changed[rng.integers(len(changed))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _named(victim: Path, run_dir: Path) -> None:
    piece = run_dir.joinpath(*victim.relative_to(run_dir).parts[:4])
    with pytest.raises(StoreError, match=re.escape(str(victim))):
        check_piece(piece)


def _victims(run_dir: Path, rng: np.random.Generator, count: int) -> list[Path]:
    """Return files of which no two lie in one piece, where only the first would be named."""
    files = sorted(each for each in run_dir.rglob("*") if each.is_file() and each.name != "lock")
    homes: dict[str, Path] = {}
    for each in rng.permutation(np.array(files, dtype=object)):
        inside = each.relative_to(run_dir).parts
        homes.setdefault("/".join(inside[:4] if inside[0] == "arrays" else inside), each)
    return [each for each in homes.values() if each.stat().st_size][:count]
