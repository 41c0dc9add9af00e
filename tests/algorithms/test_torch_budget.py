from types import SimpleNamespace

import pytest
import torch

from traindiff.algorithms.torch.budget import CPU_BYTES, CPU_MODELS, Budget


def test_on_a_cpu_caches_and_gains_limit_the_models_at_once():
    budget = Budget.of(torch.device("cpu"))
    assert budget == Budget(working=CPU_BYTES, models=CPU_MODELS)
    assert budget.at_once(1) == CPU_MODELS
    assert budget.at_once(CPU_BYTES // 3) == 3
    assert budget.at_once(CPU_BYTES + 1) == 1


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_an_accelerator_gives_a_share_of_all_its_memory(kind, monkeypatch):
    memory = 8 << 30
    properties = SimpleNamespace(total_memory=memory)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: memory)
    budget = Budget.of(torch.device(kind))
    assert budget == Budget(working=memory // 4)
    assert budget.at_once(2 << 20) == 1024
    assert budget.at_once(memory) == 1
