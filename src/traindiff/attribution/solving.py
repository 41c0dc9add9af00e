"""The one linear system of the closed forms."""

import torch
from torch import Tensor

__all__ = ["solved"]

COLUMNS = 1024  # solved at a time


def solved(gram: Tensor, ridge: float, examples: int, wanted: Tensor) -> Tensor:
    """Return (gram + λI)⁻¹ wanted with λ = ridge × trace(gram) / examples.

    In double precision on the CPU, which every machine has, some columns at a time. λ is at least
    the rounding of float32.

    Parameters
    ----------
    gram : tensor, shape [size, size]
        Positive semi-definite.
    ridge : float
    examples : int
    wanted : tensor, shape [size, columns]

    Returns
    -------
    float32 tensor, shape [size, columns]
    """
    gram = gram.cpu().double()
    total, single = float(gram.trace()), torch.finfo(torch.float32)
    # A gram matrix of float32 numbers is positive definite only up to their rounding. Where all
    # gradients are zero there is nothing to invert, and every score is 0.
    gram.diagonal().add_(max(total * max(ridge / examples, single.eps), single.tiny))
    factor = torch.linalg.cholesky(gram)
    parts = torch.split(wanted.cpu(), COLUMNS, dim=1)
    return torch.cat([torch.cholesky_solve(part.double(), factor).float() for part in parts], dim=1)
