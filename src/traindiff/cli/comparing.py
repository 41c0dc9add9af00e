"""The commands for people who trained elsewhere: outputs, scores or checkpoints in, report out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from traindiff.cli.shared import Json, Out, Quiet, claim, meter, say, write

if TYPE_CHECKING:
    from traindiff.lenses.predictions.agreement import Agreement
    from traindiff.outputs import Outputs
    from traindiff.pair import Pair

__all__ = ["attribute", "compare", "compare_checkpoints", "compare_scores"]


def compare(
    a: Annotated[Path, typer.Argument(metavar="A.npz", help="masks and values of A's models.")],
    b: Annotated[Path, typer.Argument(metavar="B.npz", help="masks and values of B's models.")],
    out: Out = None,
    directions: Annotated[int, typer.Option(help="How many directions to look at.")] = 10,
    permutations: Annotated[int, typer.Option(help="Size of the null sample.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the permutations.")] = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    r"""Compare models that you trained elsewhere.

    Each file holds masks \[models, train] (1 where a model saw an example) and values
    \[models, targets] (higher = more confident in the right answer), as
    numpy.savez_compressed writes them. With train_ids \[train] and target_ids \[targets] on both
    sides, B's columns are put in A's order; labels \[targets] are held against each other. Ends
    with 2 where rows or columns do not fit, so that the comparison means nothing.

    [dim]$ traindiff compare a.npz b.npz[/]
    """
    from traindiff import comparison
    from traindiff.cli.arrays import read_outputs
    from traindiff.comparison.control import control_p_value
    from traindiff.comparison.subsets.same_examples import in_one_order
    from traindiff.datamodels.curve import learning_curve
    from traindiff.pair import Pair
    from traindiff.report import Evidence, Findings

    outputs, progress = in_one_order(Pair(a, b).map(read_outputs)), meter(quiet)
    run_dir = claim(out, a, b)
    found = comparison.compare(
        outputs.a,
        outputs.b,
        directions=directions,
        permutations=permutations,
        seed=seed,
        progress=progress,
    )
    evidence = Evidence(
        title=f"{a.stem} against {b.stem}",
        findings=Findings(
            comparison=found,
            outputs=outputs,
            curves=outputs.map(lambda side: learning_curve(side, "difference", seed=seed)),
            control_p_value=control_p_value(
                outputs.a, permutations=permutations, seed=seed, progress=progress
            ),
        ),
        names=Pair(a.stem, b.stem),
        output="outputs",
        agreement=_agreement(outputs, seed),
        command=f"traindiff compare {a.name} {b.name} --directions {directions} "
        f"--permutations {permutations} --seed {seed}",
    )
    write(evidence, run_dir, json)
    if found.misaligned:
        raise typer.Exit(2)


def _agreement(outputs: "Pair[Outputs]", seed: int) -> "Agreement | None":
    """Return how far predictions agree, where the files hold them and whole-numbered labels."""
    from traindiff.lenses.predictions.agreement import measure_agreement

    labels = next((side.labels for side in outputs if side.labels is not None), None)
    if labels is None or labels.dtype.kind not in "iu":
        return None
    if any(side.predictions is None for side in outputs):
        return None
    return measure_agreement(outputs.a, outputs.b, labels, seed=seed)


def compare_scores(
    a: Annotated[Path, typer.Argument(metavar="A.npy", help="Scores of A.")],
    b: Annotated[Path, typer.Argument(metavar="B.npy", help="Scores of B.")],
    out: Out = None,
    library: Annotated[
        Literal["bergson", "captum", "dattri", "kronfluence", "trak"] | None,
        typer.Option("--format", help="The library that wrote the files."),
    ] = None,
    train: Annotated[
        int | None, typer.Option(help="Number of training examples; with --format.")
    ] = None,
    targets: Annotated[int | None, typer.Option(help="Number of targets; with --format.")] = None,
    axes: Annotated[
        Literal["targets, train", "train, targets"] | None,
        typer.Option(help="Which axis of the files comes first, where the numbers are equal."),
    ] = None,
    directions: Annotated[int, typer.Option(help="How many directions to look at.")] = 10,
    json: Json = False,
) -> None:
    r"""Compare attribution scores by the published method, which has no test.

    Each file holds one array \[targets, train]: TRAK scores, influences, datamodel weights; or
    what a library wrote, named by --format. An .npz file may hold train_ids and target_ids beside
    scores: B is then put in A's order.

    [dim]$ traindiff compare-scores a.npy b.npy[/]
    [dim]$ traindiff compare-scores a.pt b.pt --format dattri --train 600 --targets 500[/]
    """
    from traindiff import comparison
    from traindiff.cli.arrays import scores_in_one_order
    from traindiff.cli.scores import library_options, read_library_scores
    from traindiff.pair import Pair
    from traindiff.report import Evidence, Findings

    named = (read_library_scores(p, library, train, targets, axes) for p in (a, b))
    scores_a, scores_b = scores_in_one_order(*named)
    run_dir = claim(out, a, b)
    evidence = Evidence(
        title=f"{a.stem} against {b.stem}",
        findings=Findings(
            comparison=comparison.compare_scores(scores_a, scores_b, directions=directions)
        ),
        names=Pair(a.stem, b.stem),
        output="scores",
        command=f"traindiff compare-scores {a.name} {b.name} --directions {directions}"
        + library_options(library, train, targets, axes),
    )
    write(evidence, run_dir, json)


def attribute(
    model: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="Returns the torch.nn.Module.")
    ],
    checkpoints: Annotated[
        list[Path], typer.Argument(metavar="CHECKPOINT...", help="State dicts, in any order.")
    ],
    train: Annotated[
        Path, typer.Option(metavar="NPZ", help="inputs and labels of the training examples.")
    ],
    targets: Annotated[Path, typer.Option(metavar="NPZ", help="inputs and labels of the targets.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="NPY", help="Where to write the scores.")
    ],
    method: Annotated[
        Literal["trak", "last-layer", "grad-dot", "grad-cos", "ekfac"],
        typer.Option(help="How to attribute; ekfac needs the extra 'ekfac'."),
    ] = "trak",
    groups: Annotated[
        Path | None, typer.Option(metavar="NPY", help="The group of each training example.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep finished checkpoints, to continue.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of random projections.")] = 0,
    quiet: Quiet = False,
) -> None:
    r"""Attribute outputs to training examples, from checkpoints that you have.

    Writes one array \[checkpoints, targets, train]. Do it for A and for B, then compare them.

    [dim]$ traindiff attribute nets:small a/*.pt --train train.npz --targets targets.npz -o a.npy[/]
    [dim]$ traindiff compare-checkpoints a.npy b.npy[/]
    """
    from traindiff.cli.scores import attribute_files

    shape = attribute_files(
        model,
        checkpoints,
        train,
        targets,
        out,
        method=method,
        groups=groups,
        store=store,
        device=device,
        seed=seed,
        progress=meter(quiet),
    )
    say(f"{out}: {shape[0]} checkpoints, {shape[1]} targets, {shape[2]} train")


def compare_checkpoints(
    a: Annotated[Path, typer.Argument(metavar="A.npy", help="Scores of A's checkpoints.")],
    b: Annotated[Path, typer.Argument(metavar="B.npy", help="Scores of B's checkpoints.")],
    out: Out = None,
    directions: Annotated[int, typer.Option(help="How many directions to look at.")] = 10,
    permutations: Annotated[int, typer.Option(help="Relabellings, at most.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the relabellings.")] = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    r"""Compare attributions of checkpoints, with a test.

    Each file holds one array \[checkpoints, targets, train], as traindiff attribute writes it: at
    least 3 checkpoints a side, better 6 or more. An .npz file may hold train_ids and target_ids
    beside scores: B is then put in A's order.

    [dim]$ traindiff compare-checkpoints a.npy b.npy[/]
    """
    from traindiff import comparison
    from traindiff.cli.arrays import read_named_scores, scores_in_one_order
    from traindiff.pair import Pair
    from traindiff.report import Evidence, Findings

    scores_a, scores_b = scores_in_one_order(read_named_scores(a), read_named_scores(b))
    run_dir = claim(out, a, b)
    found = comparison.compare_checkpoints(
        scores_a,
        scores_b,
        directions=directions,
        permutations=permutations,
        seed=seed,
        progress=meter(quiet),
    )
    evidence = Evidence(
        title=f"{a.stem} against {b.stem}",
        findings=Findings(comparison=found),
        names=Pair(a.stem, b.stem),
        output="attributions",
        command=f"traindiff compare-checkpoints {a.name} {b.name} --directions {directions} "
        f"--permutations {permutations} --seed {seed}",
    )
    write(evidence, run_dir, json)
