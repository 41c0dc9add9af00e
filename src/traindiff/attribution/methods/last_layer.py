"""Influence on the last layer, in closed form: the rest of the network is taken as given."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import grad, vmap
from torch.nn import functional

from traindiff.attribution.base import Kept, Task, finite
from traindiff.attribution.closed_forms import solved, warmth
from traindiff.attribution.examples import Examples
from traindiff.attribution.network import Network
from traindiff.errors import InputError, positive

__all__ = ["LastLayer"]

MOST_FEATURES = 8192


@dataclass(frozen=True, kw_only=True)
class LastLayer:
    """Influence functions of the last linear layer, whose problem is convex.

    With h the inputs of the last layer (and a 1 for its bias), e = ∂f/∂logits, p the class
    probabilities and y the label,

        score = (e ⊗ h)(x)ᵀ (H + λI)⁻¹ ((y − p) ⊗ h)(z),    H = Σ (diag p − p pᵀ) ⊗ h hᵀ.

    To first order it is how far the output of x rises when z is seen, the earlier layers fixed.
    Of a regression, H = Σ h hᵀ and y − p is the residual.

    Parameters
    ----------
    ridge : float
        λ = ridge × trace(H) / train.
    temperature : float, optional
        p is the softmax of logits / temperature; see `traindiff.attribution.closed_forms.warmth`.

    Raises
    ------
    InputError
        When a setting is not positive.

    References
    ----------
    .. [1] Koh, Liang, "Understanding black-box predictions via influence functions",
       arXiv 1703.04730; here of the last layer, with the generalised Gauss-Newton matrix.
    """

    ridge: float = 0.1
    temperature: float | None = None

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        positive("ridge", self.ridge)
        positive("temperature", 1.0 if self.temperature is None else self.temperature)

    def describe(self) -> dict[str, Any]:
        """Return every setting."""
        return {"kind": "last-layer", **asdict(self)}

    def width(self, network: Network) -> int:
        """Return the number of weights of the last layer."""
        layer = _last_linear(network)
        return layer.out_features * (layer.in_features + (layer.bias is not None))

    def keep(self, task: Task) -> Kept:
        """Return (H + λI)⁻¹ ((y − p) ⊗ h), summed over groups: [train axis, classes × features]."""
        layer, temperature = _last_linear(task.network), warmth(task, self.temperature)
        classes, size = layer.out_features, layer.in_features + (layer.bias is not None)
        sums = torch.zeros(task.axis, classes * size, device=task.network.device)
        curvature = torch.zeros(classes, size, classes, size, device=task.network.device)
        for rows, inputs, logits, labels in _through(layer, task, task.train):
            residuals, weights = _residuals(logits / temperature, labels, task.network.regression)
            sums.index_add_(0, task.members[rows], _kronecker(residuals, inputs))
            for one in range(classes):  # all at once would take examples × classes² × features
                products = inputs.T @ _kronecker(weights[:, one], inputs)
                curvature[one] += products.view(size, classes, size)
        gram = curvature.reshape(classes * size, classes * size)
        solution = solved(gram, self.ridge, len(task.train), sums.T)
        return {"solved": np.ascontiguousarray(solution.T.numpy())}

    def score(self, task: Task, kept: Kept) -> Iterator[tuple[slice, Tensor]]:
        """Yield scores of consecutive blocks of targets."""
        right = torch.from_numpy(kept["solved"]).to(task.network.device)
        for rows, inputs, logits, labels in _through(
            _last_linear(task.network), task, task.targets
        ):
            slopes = vmap(grad(task.output))(logits, labels)
            yield rows, _kronecker(slopes, inputs) @ right.T


def _last_linear(network: Network) -> nn.Linear:
    layers = [part for part in network.module.modules() if isinstance(part, nn.Linear)]
    if not layers:
        raise InputError("method 'last-layer' needs a model that ends in a torch.nn.Linear.")
    size = layers[-1].out_features * (layers[-1].in_features + 1)
    if size > MOST_FEATURES:
        raise InputError(
            f"method 'last-layer' solves for all {size:,} weights of the last layer at once, at "
            f"most {MOST_FEATURES:,}: use 'trak', which projects them."
        )
    return layers[-1]


def _through(
    layer: nn.Linear, task: Task, examples: Examples
) -> Iterator[tuple[slice, Tensor, Tensor, Tensor]]:
    """Yield (rows, inputs of the last layer [rows, features], logits, labels) of blocks."""
    seen: list[tuple[Tensor, Tensor]] = []
    hook = layer.register_forward_hook(lambda _, given, result: seen.append((given[0], result)))
    with_bias = layer.bias is not None
    try:
        for rows, inputs, labels in examples.blocks(task.network.block, task.network.device):
            seen.clear()
            with torch.no_grad():
                outputs = task.network.module(inputs)
            before, after = seen[-1]
            if not torch.equal(after, outputs):
                raise InputError(
                    "method 'last-layer' needs a model whose outputs are those of its last "
                    "torch.nn.Linear: this one goes on after it. Use 'trak'."
                )
            wide = functional.pad(before, (0, 1), value=1.0) if with_bias else before
            logits = finite(task.network.logits(inputs).float(), task, "outputs")
            yield rows, wide.float(), logits, labels
            task.advance(len(inputs))
    finally:
        hook.remove()


def _residuals(logits: Tensor, labels: Tensor, regression: bool) -> tuple[Tensor, Tensor]:
    """Return y − p [examples, classes] and diag p − p pᵀ [examples, classes, classes]."""
    if regression:
        return labels[:, None] - logits, torch.ones_like(logits)[..., None]
    p = logits.softmax(dim=1)
    y = functional.one_hot(labels, logits.shape[1]).to(p)
    return y - p, torch.diag_embed(p) - p[:, :, None] * p[:, None, :]


def _kronecker(left: Tensor, right: Tensor) -> Tensor:
    return (left[:, :, None] * right[:, None, :]).flatten(1)
