"""Throughput of training many models, against plain PyTorch and scikit-learn loops.

    python benchmarks/training.py [--quick]

Every peer runs in the same process tree on the same data, just before ours. Rates are models a
second on the whole machine; ours are measured through the engine and the store, once every worker
has finished its first chunk, so that starting processes and compiling are left out (they are
printed beside). Inputs have Fashion-MNIST's shape; their content does not matter to speed.
"""

import argparse
import multiprocessing
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.linear_model import Ridge
from torch.nn import functional

from traindiff.algorithms.closed_form import ClosedFormAlgorithm
from traindiff.algorithms.torch_algorithm import TorchAlgorithm
from traindiff.algorithms.torch_modules import MODULES
from traindiff.datasets import Dataset
from traindiff.store import RunStore
from traindiff.training import Processes, draw_masks, model_seeds, train_outputs

CORES = os.cpu_count() or 1
BATCH, EPOCHS, EXAMPLES = 64, 5, 1000
FLOPS = {  # of one example in one epoch; the first layer needs no gradient of its inputs
    "mlp": 2 * (784 * 64 * 2 + 64 * 10 * 3),
    "cnn": 2 * (784 * 9 * 16 * 2 + 196 * 9 * 16 * 32 * 3 + 49 * 32 * 64 * 3 + 64 * 10 * 3),
}


def images(count: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(
        name="noise",
        modality="image",
        inputs=rng.random((count, 1, 28, 28), dtype=np.float32),
        labels=rng.integers(0, 10, count),
        class_names=tuple("0123456789"),
        ids=tuple(f"{seed}-{i}" for i in range(count)),
    )


def features(count: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(
        name="features",
        modality="table",
        inputs=rng.normal(size=(count, 1280)),
        labels=rng.integers(0, 2, count),
        class_names=("no", "yes"),
        ids=tuple(f"{seed}-{i}" for i in range(count)),
        columns=tuple(f"f{i}" for i in range(1280)),
        categories=(None,) * 1280,
    )


def plain_loop(module: str, models: int, threads: int) -> float:
    """Seconds a model, one after another, as anyone would write it."""
    torch.set_num_threads(threads)
    data = images(EXAMPLES, 0)
    inputs, labels = torch.from_numpy(data.inputs), torch.from_numpy(data.labels)
    for model in range(-1, models):  # the first one warms up
        if model == 0:
            started = time.perf_counter()
        network = MODULES[module]((1, 28, 28), 10)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
        for _ in range(EPOCHS):
            for batch in torch.randperm(EXAMPLES).split(BATCH):
                optimizer.zero_grad()
                functional.cross_entropy(network(inputs[batch]), labels[batch]).backward()
                optimizer.step()
    return (time.perf_counter() - started) / models


def loop_per_core(module: str, models: int) -> float:
    """Seconds a model with one single-threaded loop on each core."""
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        seconds = pool.starmap(plain_loop, [(module, models, 1)] * CORES)
    return max(seconds) / CORES


def refit(models: int) -> float:
    """Seconds a model of scikit-learn's Ridge, fitted and asked, with all cores."""
    train, targets = features(EXAMPLES, 0), features(500, 1)
    masks = draw_masks(models + 1, EXAMPLES, 0.5, seed=0)
    for model, mask in enumerate(masks):
        if model == 1:
            started = time.perf_counter()
        ridge = Ridge(alpha=10.0).fit(train.inputs[mask], 2.0 * train.labels[mask] - 1)
        ridge.predict(targets.inputs)
    return (time.perf_counter() - started) / models


@dataclass(kw_only=True)
class Watch:
    """A store that times itself, and knows when every worker has finished its first chunk."""

    store: RunStore
    writing: float = 0.0
    arrivals: list[float] = field(default_factory=list)

    def load_arrays(self, name: str, fingerprint: str) -> dict[str, np.ndarray] | None:
        return self.store.load_arrays(name, fingerprint)

    def save_arrays(self, *arguments: Any, **settings: Any) -> None:
        started = time.perf_counter()
        self.arrivals.append(started)
        self.store.save_arrays(*arguments, **settings)
        self.writing += time.perf_counter() - started

    def discard(self, name: str, fingerprint: str) -> None:
        self.store.discard(name, fingerprint)


def ours(algorithm: Any, make: Callable[[int, int], Dataset], *, chunk: int, chunks: int) -> Watch:
    """Train through engine and store: networks on all examples but one, ridges on half."""
    models = chunk * chunks
    train, targets = make(EXAMPLES, 0), make(500, 1)
    fraction = 0.5 if train.modality == "table" else (EXAMPLES - 1) / EXAMPLES
    masks = draw_masks(models, EXAMPLES, fraction, seed=0)
    with (
        tempfile.TemporaryDirectory() as place,
        RunStore.open(f"{place}/run", {"benchmark": algorithm.name}) as store,
    ):
        watch = Watch(store=store)
        train_outputs(
            algorithm,
            train,
            targets,
            masks,
            model_seeds(models, 0),
            engine=Processes(workers=CORES),
            chunk=chunk,
            pieces=watch,
        )
    return watch


def rate(watch: Watch, chunk: int) -> float:
    """Seconds a model, from the last worker's first chunk to the last chunk."""
    steady = watch.arrivals[CORES - 1 :]
    return (steady[-1] - steady[0]) / (chunk * (len(steady) - 1))


def peak() -> float:
    """FLOP/s of a large single-precision matrix product with all cores."""
    torch.set_num_threads(CORES)
    a = torch.rand(2048, 2048)
    best = 0.0
    for _ in range(8):
        started = time.perf_counter()
        a @ a
        best = max(best, 2 * 2048**3 / (time.perf_counter() - started))
    return best


def report(title: str, seconds: dict[str, float], flops: float | None, top: float) -> None:
    slowest = max(seconds.values())
    print(f"\n{title}")
    for name, each in seconds.items():
        share = (
            "" if flops is None else f"{flops / each / 1e9:8.1f} GFLOP/s {flops / each / top:5.0%}"
        )
        print(f"  {name:44s}{1 / each:10.2f} models/s {slowest / each:6.2f}x {share}")


def networks(module: str, quick: bool, top: float) -> None:
    count = {"mlp": 30, "cnn": 6}[module] // (3 if quick else 1)
    chunk, chunks = {"mlp": (64, 14), "cnn": (4, 12)}[module]
    algorithm = TorchAlgorithm(
        name=module,
        module=module,
        optimizer="sgd",
        lr=0.05,
        momentum=0.9,
        epochs=EPOCHS,
        batch_size=BATCH,
        device="cpu",
    )
    seconds = {f"plain PyTorch loop, {CORES} threads": plain_loop(module, count, CORES)}
    seconds[f"{CORES} plain loops, one a core"] = loop_per_core(module, count)
    watch = ours(algorithm, images, chunk=chunk, chunks=chunks // (2 if quick else 1))
    seconds["traindiff"] = rate(watch, chunk)
    report(
        f"{module}: {EXAMPLES} examples, batch {BATCH}, {EPOCHS} epochs; "
        f"{algorithm.explain(images(8, 0))}",
        seconds,
        FLOPS[module] * EXAMPLES * EPOCHS,
        top,
    )
    total = watch.arrivals[-1] - watch.arrivals[0]
    print(f"  the store takes {watch.writing / total:.1%} of the coordinator's time")


def ridges(quick: bool) -> None:
    chunk = 125
    algorithm = ClosedFormAlgorithm(name="ridge", alpha=10.0)
    seconds = {"scikit-learn Ridge, refitted": refit(20 if quick else 100)}
    watch = ours(algorithm, features, chunk=chunk, chunks=8 if quick else 16)
    seconds["traindiff"] = rate(watch, chunk)
    title = f"ridge: 2,000 subsets of 500 of {EXAMPLES} x 1,280 features, 2 classes"
    report(title, seconds, None, 1.0)


def memory() -> None:
    megabytes = []
    algorithm = TorchAlgorithm(name="flat", epochs=1, device="cpu")
    for chunks in (2, 8):
        ours(algorithm, images, chunk=64, chunks=chunks)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        megabytes.append((64 * chunks, usage.ru_maxrss / 1024))
    print("\nworkers' peak memory")
    for models, size in megabytes:
        print(f"  {models:5d} models {size:8.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer models, rougher figures")
    quick = parser.parse_args().quick
    print(
        f"{platform.machine()}, {CORES} cores, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, Python {platform.python_version()}"
    )
    top = peak()
    print(f"peak of a 2048 x 2048 float32 matrix product: {top / 1e9:.0f} GFLOP/s")
    memory()
    for module in ("mlp", "cnn"):
        networks(module, quick, top)
    ridges(quick)


if __name__ == "__main__":
    main()
