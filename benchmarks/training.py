"""Throughput of training many models, against plain PyTorch and scikit-learn loops.

    python benchmarks/training.py [--quick] [PART ...]

Parts: memory, mlp, cnn, convolutions, recipes, ridge; by default all. Peers and traindiff run in
turns, in the same process tree, on the same data, and the best of their turns is shown: other work
on the machine slows each of them at times. Rates are models a second on the whole machine; ours
are measured through the engine and the store, networks' once every worker has finished its first
chunk, so that starting processes and compiling are left out. Inputs have Fashion-MNIST's shape;
their content does not matter to speed.
"""

import argparse
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.linear_model import Ridge
from torch import nn
from torch.func import functional_call
from torch.nn import functional

from traindiff.algorithms.closed_form.algorithm import ClosedFormAlgorithm
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.algorithms.torch.layout import channels_last
from traindiff.algorithms.torch.modules import MODULES, cnn
from traindiff.algorithms.torch.stack import Stack
from traindiff.datasets import Dataset
from traindiff.progress import Silent
from traindiff.store import RunStore
from traindiff.training import Processes, draw_masks, model_seeds
from traindiff.training.chunks import finish
from traindiff.training.work import Chunk, OutputsWork, cut

CORES = os.cpu_count() or 1
BATCH, EPOCHS, EXAMPLES = 64, 5, 1000
TURNS = 3
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


def refit(models: int, threads: int) -> float:
    """Seconds a model of scikit-learn's Ridge, fitted and asked."""
    from threadpoolctl import threadpool_limits

    train, targets = features(EXAMPLES, 0), features(500, 1)
    masks = draw_masks(models + 1, EXAMPLES, 0.5, seed=0)
    with threadpool_limits(threads):
        for model, mask in enumerate(masks):
            if model == 1:
                started = time.perf_counter()
            ridge = Ridge(alpha=10.0).fit(train.inputs[mask], 2.0 * train.labels[mask] - 1)
            ridge.predict(targets.inputs)
    return (time.perf_counter() - started) / models


def one_per_core(function: Callable[..., float], *arguments: Any) -> float:
    """Seconds a model with one single-threaded loop on each core."""
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        seconds = pool.starmap(function, [(*arguments, 1)] * CORES)
    return max(seconds) / CORES


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Work that also tells who did it, from when to when, and what processor time it took."""

    work: OutputsWork

    def describe(self) -> dict[str, Any]:
        return self.work.describe()

    def __call__(self, chunk: Chunk) -> Mapping[str, np.ndarray]:
        started = _clocks()
        arrays = self.work(chunk)
        return {**arrays, "spell": np.array([os.getpid(), *started, *_clocks()])}


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A store that notes when each chunk arrives, and what processor time it took."""

    store: RunStore
    chunk: int
    arrivals: list[float] = field(default_factory=list)
    spells: list[np.ndarray] = field(default_factory=list)
    coordinating: list[float] = field(default_factory=list)

    def load_arrays(
        self, name: str, fingerprint: str, misfit: Any = None
    ) -> dict[str, np.ndarray] | None:
        return self.store.load_arrays(name, fingerprint, misfit)

    def save_arrays(self, name: str, fingerprint: str, arrays: Any, about: Any = None) -> None:
        self.arrivals.append(time.perf_counter())
        self.spells.append(arrays["spell"])
        self.coordinating.append(time.process_time())
        self.store.save_arrays(name, fingerprint, arrays, about)

    @property
    def seconds(self) -> float:
        """Seconds a model, from the last worker's first chunk to the last chunk."""
        steady = self.arrivals[CORES - 1 :]
        return (steady[-1] - steady[0]) / (self.chunk * (len(steady) - 1))

    @property
    def busy(self) -> float:
        """Seconds a model that workers trained and were between chunks, all cores together.

        What a worker computes once for all its chunks is in it, and starting workers is not.
        """
        training, between = self._shares(1, 3)
        return (training + between) / (CORES * self.chunk * len(self.spells))

    @property
    def overhead(self) -> float:
        """Processor time of engine and store, beside that of training."""
        busy, between = self._shares(2, 4)
        return (between + self.coordinating[-1] - self.coordinating[0]) / busy

    @property
    def waiting(self) -> float:
        """Share of the workers' time between chunks, by the clock."""
        busy, between = self._shares(1, 3)
        return between / (busy + between)

    def _shares(self, start: int, end: int) -> tuple[float, float]:
        """Seconds within chunks and between them, of all workers."""
        spells = np.array(self.spells)
        crews = [spells[spells[:, 0] == worker] for worker in np.unique(spells[:, 0])]
        busy = sum((crew[:, end] - crew[:, start]).sum() for crew in crews)
        return busy, sum((crew[1:, start] - crew[:-1, end]).sum() for crew in crews)


def ours(algorithm: Any, make: Callable[[int, int], Dataset], *, chunk: int, chunks: int) -> Watch:
    """Train through engine and store: networks on all examples but one, ridges on half."""
    models = chunk * chunks
    train, targets = make(EXAMPLES, 0), make(500, 1)
    fraction = 0.5 if train.modality == "table" else (EXAMPLES - 1) / EXAMPLES
    masks = draw_masks(models, EXAMPLES, fraction, seed=0)
    work = OutputsWork(algorithm=algorithm, train=train, targets=targets, output="margin")
    with (
        tempfile.TemporaryDirectory() as place,
        RunStore.open(f"{place}/run", {"benchmark": algorithm.name}) as store,
    ):
        watch = Watch(store=store, chunk=chunk)
        finish(
            Timed(work=work),
            cut(masks, model_seeds(models, 0), chunk),
            pieces=watch,
            name="outputs",
            engine=Processes(workers=CORES),
            progress=Silent(),
            inspect=lambda arrays: None,
        )
    return watch


def peak(threads: int = CORES) -> float:
    """FLOP/s of a large single-precision matrix product."""
    torch.set_num_threads(threads)
    a = torch.rand(2048, 2048)
    return 2 * 2048**3 / least(lambda: a @ a, 12)


def least(function: Callable[[], object], times: int) -> float:
    """Seconds of the quickest of several calls."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def in_turns(contestants: Mapping[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """Seconds a model of each contestant's best turn."""
    rounds = [{name: run() for name, run in contestants.items()} for _ in range(turns)]
    return {name: min(each[name] for each in rounds) for name in contestants}


def report(title: str, seconds: dict[str, float], flops: float | None, top: float) -> None:
    slowest = next(iter(seconds.values()))
    print(f"\n{title}")
    for name, each in seconds.items():
        share = (
            "" if flops is None else f"{flops / each / 1e9:8.1f} GFLOP/s {flops / each / top:5.0%}"
        )
        print(f"  {name:44s}{1 / each:10.2f} models/s {slowest / each:6.2f}x {share}", flush=True)


def networks(module: str, quick: bool) -> None:
    count = {"mlp": 6, "cnn": 2}[module] // (2 if quick else 1)
    chunk, chunks = {"mlp": (64, 10), "cnn": (4, 10)}[module]
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
    watches = []

    def traindiff() -> float:
        watches.append(ours(algorithm, images, chunk=chunk, chunks=chunks // (2 if quick else 1)))
        return watches[-1].seconds

    contestants = {
        f"plain PyTorch loop, {CORES} threads": lambda: plain_loop(module, count, CORES),
        f"{CORES} plain loops, one a core": lambda: one_per_core(plain_loop, module, count),
        "traindiff": traindiff,
    }
    seconds = in_turns(contestants, 1 if quick else TURNS)
    report(
        f"{module}: {EXAMPLES} examples, batch {BATCH}, {EPOCHS} epochs; "
        f"{algorithm.explain(images(8, 0))}",
        seconds,
        FLOPS[module] * EXAMPLES * EPOCHS,
        peak(),
    )
    tell_overhead(watches)


def tell_overhead(watches: list[Watch]) -> None:
    overhead = min(watch.overhead for watch in watches)
    waiting = min(watch.waiting for watch in watches)
    print(
        f"  engine and store take {overhead:.1%} of the processor time that training takes; "
        f"workers are between chunks {waiting:.1%} of their time"
    )


def ridges(quick: bool) -> None:
    chunk, models = 500, 20 if quick else 50
    algorithm = ClosedFormAlgorithm(name="ridge", alpha=10.0)
    watches = []

    def traindiff() -> float:
        watches.append(ours(algorithm, features, chunk=chunk, chunks=4))
        return watches[-1].busy

    contestants = {
        f"scikit-learn Ridge, refitted, {CORES} threads": lambda: refit(models, CORES),
        f"{CORES} such loops, one a core": lambda: one_per_core(refit, models),
        "traindiff": traindiff,
    }
    seconds = in_turns(contestants, 1 if quick else TURNS)
    title = f"ridge: 2,000 subsets of 500 of {EXAMPLES} x 1,280 features, 2 classes"
    report(title, seconds, None, 1.0)
    tell_overhead(watches)


def convolutions(quick: bool) -> None:
    """Forms in which the small network's step could be computed, on one core."""
    torch.set_num_threads(1)
    inputs = torch.rand(4, BATCH, 1, 28, 28)
    labels = torch.randint(0, 10, (4 * BATCH,))

    def step(stack: Stack, given: torch.Tensor) -> None:
        outputs = stack(given).flatten(0, 1)
        functional.cross_entropy(outputs, labels[: len(outputs)]).backward()

    def unfolded(stack: Stack) -> Stack:
        return replace(stack, template=Unfolded(*stack.template))

    stack = Stack.of([cnn((1, 28, 28), 10) for _ in range(4)], torch.device("cpu"))
    single = {name: value[0].clone().requires_grad_() for name, value in stack.state().items()}
    first = inputs[0]

    def alone(given: torch.Tensor) -> None:
        outputs = functional_call(stack.template, single, (given,))
        functional.cross_entropy(outputs, labels[:BATCH]).backward()

    loss = torch.compile(
        lambda weights, given: functional.cross_entropy(
            functional_call(stack.template, weights, (given,)), labels[:BATCH]
        )
    )

    def compiled(given: torch.Tensor) -> None:
        loss(single, given).backward()

    forms = {
        "one model": (lambda: alone(first), 1),
        "one model, channels last (used)": (lambda: alone(channels_last(first)), 1),
        "4 models by vmap: grouped convolutions": (
            lambda: step(stack, inputs),
            4,
        ),
        "4 models, unfold and batched products": (lambda: step(unfolded(stack), inputs), 4),
        "one model, torch.compile": (lambda: compiled(channels_last(first)), 1),
    }
    flops, top = FLOPS["cnn"] * BATCH, peak(1)
    print(f"\nforms of the cnn's step, batch {BATCH}, one core (peak {top / 1e9:.0f} GFLOP/s)")
    for name, (function, models) in forms.items():
        started = time.perf_counter()
        function()
        first_call = time.perf_counter() - started
        seconds = least(function, 5 if quick else 20) / models
        print(
            f"  {name:44s}{seconds * 1e3:10.1f} ms a model {flops / seconds / 1e9:8.1f} GFLOP/s "
            f"{flops / seconds / top:5.0%}   first call {first_call:.1f} s",
            flush=True,
        )


class Encoder(nn.Module):
    """A small transformer over the rows of a picture."""

    def __init__(self, side: int, n_outputs: int, dropout: float) -> None:
        super().__init__()
        self.rows = nn.Linear(side, 32)
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=dropout, batch_first=True)
        self.head = nn.Linear(32, n_outputs)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(self.rows(inputs[:, 0])).mean(dim=1))


class Rows(nn.Module):
    """A recurrent network over the rows of a picture."""

    def __init__(self, side: int, n_outputs: int) -> None:
        super().__init__()
        self.rows = nn.LSTM(side, 32, batch_first=True)
        self.head = nn.Linear(32, n_outputs)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.head(self.rows(inputs[:, 0])[0][:, -1])


def dropping(shape: tuple[int, ...], n_outputs: int, dropout: float = 0.5) -> nn.Module:
    body = [nn.Flatten(), nn.Linear(shape[1] * shape[2], 64), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*body, nn.Linear(64, n_outputs))


def encoder(shape: tuple[int, ...], n_outputs: int, dropout: float = 0.1) -> nn.Module:
    return Encoder(shape[2], n_outputs, dropout)


def recurrent(shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    return Rows(shape[2], n_outputs)


def recipes(quick: bool) -> None:
    """Seconds of the processor a model, on one thread: a person's own loop, and ours."""
    torch.set_num_threads(1)
    print("\nrecipes, one core: processor time a model")
    for name, module, side, models, epochs in (
        ("MLP 64-64-10", dropping, 8, 64, 5),
        ("MLP 784-64-10", dropping, 28, 64, 5),
        ("transformer encoder", encoder, 16, 32, 2),
        ("LSTM", recurrent, 16, 8, 2),
    ):
        count = models // (4 if quick else 1)
        data = replace(images(512, 0), inputs=images(512, 0).inputs[:, :, :side, :side])
        contestants = {
            "own loop": lambda m=module, d=data, e=epochs: own_loop(m, d, 4, e),
            "traindiff": lambda m=module, d=data, e=epochs, c=count: recipe(m, d, c, e),
        }
        if module is not recurrent:
            contestants["traindiff, no dropout"] = lambda m=module, d=data, e=epochs, c=count: (
                recipe(m, d, c, e, dropout=0.0)
            )
        report(f"{name}, batch {BATCH}", in_turns(contestants, 1 if quick else TURNS), None, 1.0)


def own_loop(module: Callable[..., nn.Module], data: Dataset, models: int, epochs: int) -> float:
    inputs, labels = torch.from_numpy(data.inputs), torch.from_numpy(data.labels)
    started = time.process_time()
    for _ in range(models):
        network = module(inputs.shape[1:], 10)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.002)
        for _ in range(epochs):
            for batch in torch.randperm(len(inputs)).split(BATCH):
                optimizer.zero_grad()
                functional.cross_entropy(network(inputs[batch]), labels[batch]).backward()
                optimizer.step()
    return (time.process_time() - started) / models


def recipe(
    module: Callable[..., nn.Module], data: Dataset, models: int, epochs: int, **arguments: float
) -> float:
    algorithm = TorchAlgorithm(
        name="recipe", module=module, arguments=arguments, epochs=epochs, device="cpu"
    )
    masks = np.ones((models, len(data)), dtype=bool)
    started = time.process_time()
    algorithm.train(data, masks, range(models), lambda finished: None)
    return (time.process_time() - started) / models


class Unfolded(nn.Sequential):
    """The small network with its convolutions as products of patches, which vmap batches."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        for layer in self:
            inputs = unfold(inputs, layer) if isinstance(layer, nn.Conv2d) else layer(inputs)
        return inputs


def unfold(inputs: torch.Tensor, layer: nn.Conv2d) -> torch.Tensor:
    size = inputs.shape[-1]
    patches = functional.pad(inputs, (1, 1, 1, 1)).unfold(2, 3, 1).unfold(3, 3, 1)
    flat = patches.permute(0, 2, 3, 1, 4, 5).reshape(len(inputs), size * size, -1)
    outputs = flat @ layer.weight.flatten(1).T + layer.bias
    return outputs.transpose(1, 2).reshape(len(inputs), -1, size, size)


def memory(quick: bool) -> None:
    print("\npeak memory")
    algorithm = TorchAlgorithm(name="flat", epochs=1, device="cpu")
    for chunks in (2, 8) if quick else (2, 8, 32):
        ours(algorithm, images, chunk=64, chunks=chunks)
        worker, coordinator = (
            resource.getrusage(who).ru_maxrss / 1024
            for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
        )
        print(
            f"  {64 * chunks:5d} models: {worker:6.0f} MB a worker, "
            f"{coordinator:6.0f} MB the coordinator",
            flush=True,
        )


PARTS: dict[str, Callable[[bool], None]] = {
    "memory": memory,
    "mlp": lambda quick: networks("mlp", quick),
    "cnn": lambda quick: networks("cnn", quick),
    "convolutions": convolutions,
    "recipes": recipes,
    "ridge": ridges,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="fewer models, rougher figures")
    given = parser.parse_args()
    print(f"python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}".rstrip())
    print(
        f"{platform.machine()}, {CORES} cores, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, Python {platform.python_version()}"
    )
    print(f"peak of a 2048 x 2048 float32 matrix product: {peak() / 1e9:.0f} GFLOP/s", flush=True)
    for part in given.parts or PARTS:
        PARTS[part](given.quick)


if __name__ == "__main__":
    main()
