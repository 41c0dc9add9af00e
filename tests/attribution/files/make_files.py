# ruff: noqa: T201
"""Write the files of this directory, each by its own library.

    pip install traker==0.3.2 dattri==0.3.0 kronfluence==1.0.1 bergson==2.5.1 captum==0.9.0
    python tests/attribution/files/make_files.py

Six training examples, four targets, one linear model; expected.npz holds what each library returned
in memory.
"""

import importlib.util
import shutil
import sys
import types
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).parent
N_TRAIN, N_TARGETS = 6, 4


def parts() -> tuple[nn.Module, TensorDataset, TensorDataset]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))
    inputs = torch.randn(N_TRAIN + N_TARGETS, 3)
    labels = (inputs[:, 0] > 0).long()
    data = [
        TensorDataset(inputs[rows], labels[rows]) for rows in (slice(N_TRAIN), slice(N_TRAIN, None))
    ]
    return model, *data


def trak() -> np.ndarray:
    from trak import TRAKer
    from trak.projectors import BasicProjector, ProjectionType

    model, train, targets = parts()
    projector = BasicProjector(
        grad_dim=8,
        proj_dim=4,
        seed=0,
        proj_type=ProjectionType.normal,
        device="cpu",
        dtype=torch.float32,
        block_size=2,  # a single block fails in traker 0.3.2
    )
    shutil.rmtree(HERE / "trak", ignore_errors=True)
    traker = TRAKer(
        model=model,
        task="image_classification",
        train_set_size=N_TRAIN,
        device="cpu",
        save_dir=str(HERE / "trak"),
        projector=projector,
        proj_dim=4,
        use_half_precision=False,
    )
    traker.load_checkpoint(model.state_dict(), model_id=0)
    traker.featurize(batch=train.tensors, num_samples=N_TRAIN)
    traker.finalize_features()
    traker.start_scoring_checkpoint(
        exp_name="targets", checkpoint=model.state_dict(), model_id=0, num_targets=N_TARGETS
    )
    traker.score(batch=targets.tensors, num_samples=N_TARGETS)
    scores = np.array(traker.finalize_scores(exp_name="targets"))
    for beside in ("0", "id_0.json", "metadata.json"):
        path = HERE / "trak" / beside
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    experiments = HERE / "trak" / "experiments.json"
    experiments.write_text(experiments.read_text().replace(str(HERE), "."))
    return scores


def kronfluence() -> np.ndarray:
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments, ScoreArguments
    from kronfluence.task import Task

    class Classification(Task):
        def compute_train_loss(self, batch, model, sample=False):
            return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")

        def compute_measurement(self, batch, model):
            return self.compute_train_loss(batch, model)

    model, train, targets = parts()
    task = Classification()
    directory = HERE / "kronfluence"
    shutil.rmtree(directory, ignore_errors=True)
    analyzer = Analyzer(
        analysis_name="linear",
        model=prepare_model(model, task),
        task=task,
        cpu=True,
        output_dir=str(directory),
        disable_tqdm=True,
    )
    analyzer.fit_all_factors(
        "identity", train, per_device_batch_size=3, factor_args=FactorArguments(strategy="identity")
    )
    analyzer.compute_pairwise_scores(
        "pairs",
        factors_name="identity",
        query_dataset=targets,
        train_dataset=train,
        per_device_query_batch_size=2,
        per_device_train_batch_size=3,
        score_args=ScoreArguments(),
    )
    scores = analyzer.load_pairwise_scores("pairs")["all_modules"].numpy()
    written = next(directory.rglob("pairwise_scores.safetensors")).read_bytes()
    shutil.rmtree(directory)
    directory.mkdir()
    (directory / "pairwise_scores.safetensors").write_bytes(written)
    return scores


def dattri() -> np.ndarray:
    from dattri.algorithm.tracin import TracInAttributor
    from dattri.task import AttributionTask

    model, train, targets = parts()

    def loss(params, batch):
        inputs, labels = batch
        logits = torch.func.functional_call(model, params, inputs.unsqueeze(0))
        return nn.functional.cross_entropy(logits, labels.unsqueeze(0))

    task = AttributionTask(loss_func=loss, model=model, checkpoints=[model.state_dict()])
    attributor = TracInAttributor(
        task=task, weight_list=torch.ones(1), normalized_grad=False, device="cpu"
    )
    scores = attributor.attribute(
        DataLoader(train, batch_size=3), DataLoader(targets, batch_size=2)
    )
    torch.save(scores.detach(), HERE / "dattri.pt")
    return scores.detach().numpy()


def captum() -> np.ndarray:
    from captum.influence import TracInCP

    model, train, targets = parts()
    path = HERE / "checkpoint.pt"
    torch.save(model.state_dict(), path)

    def load(module, checkpoint):
        module.load_state_dict(torch.load(checkpoint, weights_only=True))
        return 1.0

    tracin = TracInCP(
        model,
        train,
        checkpoints=[str(path)],
        checkpoints_load_func=load,
        batch_size=3,
        loss_fn=nn.CrossEntropyLoss(reduction="sum"),
        sample_wise_grads_per_batch=True,
    )
    scores = tracin.influence(targets.tensors)
    path.unlink()
    torch.save(scores, HERE / "captum.pt")
    return scores.numpy()


def bergson(scores: np.ndarray) -> np.ndarray:
    """Write given scores, [train, targets], by bergson's own writer.

    The writer's module is loaded alone: the rest of bergson wants language models.
    """
    package = Path(importlib.util.find_spec("bergson").submodule_search_locations[0])
    for name in ("datasets", "transformers", "bergson", "bergson.data", "bergson.utils"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["datasets"].Dataset = sys.modules["transformers"].PreTrainedModel = object
    sys.modules["bergson.data"].compute_num_token_grads = None
    for name in ("utils/utils.py", "score/score_writer.py"):
        called = f"bergson.{name.removesuffix('.py').replace('/', '.')}"
        spec = importlib.util.spec_from_file_location(called, package / name)
        module = sys.modules[called] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    shutil.rmtree(HERE / "bergson", ignore_errors=True)
    module.save_sequence_scores(HERE / "bergson", scores)
    return scores


def main() -> None:
    expected = {
        "trak": trak(),
        "kronfluence": kronfluence(),
        "dattri": dattri(),
        "captum": captum(),
    }
    expected["bergson"] = bergson(expected["trak"])
    np.savez(HERE / "expected.npz", **expected)
    for name, scores in expected.items():
        print(name, scores.shape)


if __name__ == "__main__":
    main()
