"""Influence functions with an eigenvalue-corrected Kronecker-factored curvature, by kronfluence."""

import copy
import gc
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import vmap
from torch.nn import functional
from torch.utils.data import Dataset as TorchDataset

from traindiff import seeding
from traindiff.attribution.base import Kept, Task
from traindiff.attribution.examples import Examples
from traindiff.attribution.network import Network
from traindiff.errors import InputError, positive

__all__ = ["Ekfac"]

FACTORS = "factors"
LOCK = threading.Lock()
"""kronfluence keeps state of the whole process: one checkpoint at a time."""


@dataclass(frozen=True, kw_only=True)
class Ekfac:
    """Influence of Linear and Conv2d layers by EK-FAC; needs the extra ``ekfac``.

    Of those that it is right for: called once for an example, no subclasses, not parametrised;
    convolutions without groups, padded by zeros. Other layers' weights are left out of the score.

    The score is −∇f(x)ᵀ (G + λI)⁻¹ ∇loss(z), with G the EK-FAC approximation of the Gauss-Newton
    matrix: how far the output of x rises when z is seen.

    Parameters
    ----------
    damping : float, optional
        λ; by default kronfluence's own, a tenth of each layer's mean eigenvalue.

    Raises
    ------
    InputError
        When it is not positive, or kronfluence is not installed.

    References
    ----------
    .. [1] Grosse et al., "Studying large language model generalization with influence functions",
       arXiv 2308.03296.
    """

    damping: float | None = None

    def __post_init__(self) -> None:
        """Refuse impossible settings, and a missing library before any work."""
        positive("damping", 1.0 if self.damping is None else self.damping)
        _kronfluence()

    def describe(self) -> dict[str, Any]:
        """Return every setting."""
        return {"kind": "ekfac", "kronfluence": version("kronfluence"), **asdict(self)}

    def width(self, network: Network) -> int:
        """Return 0: nothing is kept."""
        return 0

    def keep(self, task: Task) -> Kept:
        """Return nothing: kronfluence goes through targets and training examples together."""
        task.advance(len(task.train))
        return {}

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield scores of consecutive blocks of targets."""
        with LOCK, _quiet(), _spared(), TemporaryDirectory() as directory, torch.random.fork_rng():
            # kronfluence draws the labels of its Fisher matrix from torch's own generator.
            torch.manual_seed(seeding.derive(task.seed, "ekfac", task.name))
            analyzer = _analyzer(task, Path(directory))
            for first in range(0, len(task.targets), task.network.block):
                rows = range(first, min(first + task.network.block, len(task.targets)))
                by_axis = torch.zeros(len(rows), task.axis)
                by_axis.index_add_(1, task.members.cpu(), self._scores(analyzer, task, rows))
                yield slice(rows.start, rows.stop), by_axis
                task.advance(len(rows))

    def _scores(self, analyzer: Any, task: Task, rows: range) -> Tensor:
        """Return scores [rows, train]."""
        _, arguments, _ = _kronfluence()
        analyzer.compute_pairwise_scores(
            "scores",
            factors_name=FACTORS,
            query_dataset=_Held(task.targets),
            query_indices=list(rows),
            train_dataset=_Held(task.train),
            per_device_query_batch_size=len(rows),
            per_device_train_batch_size=task.network.block,
            score_args=arguments.ScoreArguments(damping_factor=self.damping),
            overwrite_output_dir=True,
        )
        found: Tensor = analyzer.load_pairwise_scores("scores")["all_modules"].float()
        return found


@contextmanager
def _spared() -> Iterator[None]:
    """Spare what is there already the garbage collections that kronfluence asks for at each step.

    In a process that holds torch, they would take 97% of the time of a small network.
    """
    if gc.get_freeze_count():  # frozen by someone else, who will not have it thawed
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _analyzer(task: Task, directory: Path) -> Any:
    """Return kronfluence's analyzer of the network, its curvature known."""
    analyzer_of, arguments, base = _kronfluence()
    # It wraps layers inside a module, and can't wrap the module itself.
    whole = nn.Sequential(copy.deepcopy(task.network.module))
    explained = _explained(
        base, task, _trained_layers(whole, task.train.at(slice(0, 1))[0].to(task.network.device))
    )
    analyzer = analyzer_of.Analyzer(
        analysis_name="checkpoint",
        model=analyzer_of.prepare_model(whole, explained),
        task=explained,
        cpu=task.network.device.type == "cpu",
        output_dir=str(directory),
        disable_tqdm=True,
        disable_model_save=True,
    )
    analyzer.fit_all_factors(
        FACTORS,
        _Held(task.train),
        per_device_batch_size=task.network.block,
        factor_args=arguments.FactorArguments(strategy="ekfac"),
    )
    return analyzer


def _trained_layers(module: nn.Module, example: Tensor) -> list[str]:
    """Return the names of the layers that the method is right for and that were trained.

    Its curvature is that of a layer called once for an example: of one that is called twice, scores
    would be off by tenths; it knows no groups, and pads by zeros only. Subclasses, such as
    attention's output, are called in other ways or not at all.
    """
    calls: Counter[str] = Counter()
    plain = {
        name: part
        for name, part in module.named_modules()
        if type(part) in (nn.Linear, nn.Conv2d) and part.weight.requires_grad
    }
    hooks = [
        part.register_forward_hook(lambda *_, name=name: calls.update([name]))
        for name, part in plain.items()
    ]
    with torch.no_grad():
        module(example)
    for hook in hooks:
        hook.remove()
    found = [name for name, part in plain.items() if calls[name] == 1 and _plain(part)]
    if not found:
        raise InputError(
            "method 'ekfac' needs a trained torch.nn.Linear or torch.nn.Conv2d that is called once "
            "for an example, without groups and with zero padding: use 'trak'."
        )
    return found


def _plain(part: nn.Module) -> bool:
    return getattr(part, "groups", 1) == 1 and getattr(part, "padding_mode", "zeros") == "zeros"


class _Held(TorchDataset[tuple[Tensor, Tensor]]):
    """Examples one at a time, as kronfluence takes them."""

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        inputs, labels = self.examples.at(slice(index, index + 1))
        return inputs[0], labels[0]


def _explained(base: Any, task: Task, layers: list[str]) -> Any:
    """Return what kronfluence differentiates: the training loss, and minus the output."""
    regression, output, scaled = task.network.regression, task.output, task.network.scaled

    class Explained(base):  # type: ignore[misc]
        def get_influence_tracked_modules(self) -> list[str]:
            return layers

        def compute_train_loss(
            self, batch: tuple[Tensor, Tensor], model: nn.Module, sample: bool = False
        ) -> Tensor:
            outputs, labels = scaled(model(batch[0])), batch[1]
            if regression:
                drawn = outputs.detach()[:, 0] + torch.randn_like(outputs[:, 0])
                wanted = drawn if sample else labels
                return (outputs[:, 0] - wanted).square().sum() / 2
            if sample:
                labels = torch.multinomial(outputs.detach().softmax(-1), 1).flatten()
            loss: Tensor = functional.cross_entropy(outputs, labels, reduction="sum")
            return loss

        def compute_measurement(self, batch: tuple[Tensor, Tensor], model: nn.Module) -> Tensor:
            each: Callable[..., Tensor] = vmap(output)
            total: Tensor = -each(scaled(model(batch[0])), batch[1]).sum()
            return total

    explained: Any = Explained()
    return explained


def _kronfluence() -> tuple[Any, Any, Any]:
    try:
        from kronfluence import analyzer, arguments
        from kronfluence.task import Task as Base
    except ImportError as error:
        raise InputError(
            "method 'ekfac' needs kronfluence: pip install 'traindiff[ekfac]'."
        ) from error
    return analyzer, arguments, Base


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep a library's warnings about its own future from people who can't change it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
