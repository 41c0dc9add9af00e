"""How much memory models that are trained together may touch."""

from dataclasses import dataclass
from typing import Self

import torch

__all__ = ["Budget"]

CPU_BYTES = 2**26  # measured: beyond some tens of MB at once, training waits for memory
CPU_MODELS = 128  # measured: beyond this, nothing is gained on small models
SHARE = 4  # of an accelerator's memory, the rest for the data, the optimiser and other programs


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What models trained together may take of a device.

    On a CPU they are limited by the caches, not by the memory there is: the limits were measured
    once and are constants. A measurement at the start of a run, or the memory free at that moment,
    would vary with what else the machine does, and with the number at once a model's rounding: two
    runs of one study would differ. An accelerator's limit is a share of all its memory. Where that
    is too much after all, one half of the models is trained after the other.

    Parameters
    ----------
    working : int
        Bytes touched in one step, weights and activations of all models together.
    models : int or None
        None: as many as ``working`` allows.
    """

    working: int
    models: int | None = None

    @classmethod
    def of(cls, device: torch.device) -> Self:
        """Return the budget on ``device``."""
        if device.type == "cpu":
            return cls(working=CPU_BYTES, models=CPU_MODELS)
        return cls(working=_memory(device) // SHARE)

    def at_once(self, touched: int) -> int:
        """Return how many models fit that touch ``touched`` bytes each, at least 1."""
        fit = max(1, self.working // touched)
        return fit if self.models is None else min(fit, self.models)


def _memory(device: torch.device) -> int:
    """Return the bytes of an accelerator's memory."""
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    return int(torch.get_device_module(device).get_device_properties(device).total_memory)
