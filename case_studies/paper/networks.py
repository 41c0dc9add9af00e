"""The paper's networks as module factories, with batch normalisation of each model's own.

ResNet-18 and ResNet-50 are those of He et al. (1512.03385); parameters are named as torchvision
names them, so that its ImageNet weights, saved as safetensors without "fc", can be
`initial_weights`.
ResNet-9 is the small network of fast CIFAR-10 training.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def resnet18(input_shape: Sequence[int], n_outputs: int) -> nn.Module:
    """Return a ResNet-18 for pictures [3, height, width]."""
    return _ResNet(_Basic, (2, 2, 2, 2), n_outputs)


def resnet50(input_shape: Sequence[int], n_outputs: int) -> nn.Module:
    """Return a ResNet-50 for pictures [3, height, width]."""
    return _ResNet(_Bottleneck, (3, 4, 6, 3), n_outputs)


def resnet9(input_shape: Sequence[int], n_outputs: int) -> nn.Module:
    """Return a ResNet-9 for pictures [3, 32, 32]."""
    return nn.Sequential(
        _convolution(3, 64),
        _convolution(64, 128, size=5, stride=2),
        _Residual(_convolution(128, 128), _convolution(128, 128)),
        _convolution(128, 256),
        nn.MaxPool2d(2),
        _Residual(_convolution(256, 256), _convolution(256, 256)),
        _convolution(256, 128, padding=0),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(128, n_outputs, bias=False),
        _Scale(0.2),
    )


class _ResNet(nn.Module):
    def __init__(self, block: Any, depths: Sequence[int], n_outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        width = 64
        for i, depth in enumerate(depths):
            blocks = []
            for place in range(depth):
                stride = 2 if i and place == 0 else 1
                blocks.append(block(width, 64 * 2**i, stride))
                width = 64 * 2**i * block.widens
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width, n_outputs)

    def forward(self, pictures: Tensor) -> Tensor:
        stem = self.maxpool(self.relu(self.bn1(self.conv1(pictures))))
        found = self.layer4(self.layer3(self.layer2(self.layer1(stem))))
        logits: Tensor = self.fc(torch.flatten(self.avgpool(found), 1))
        return logits


class _Basic(nn.Module):
    widens = 1

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(before, width, stride)

    def forward(self, inputs: Tensor) -> Tensor:
        found = torch.relu(self.bn1(self.conv1(inputs)))
        return torch.relu(self.bn2(self.conv2(found)) + self.downsample(inputs))


class _Bottleneck(nn.Module):
    widens = 4

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, self.widens * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(self.widens * width)
        self.downsample = _shortcut(before, self.widens * width, stride)

    def forward(self, inputs: Tensor) -> Tensor:
        found = torch.relu(self.bn1(self.conv1(inputs)))
        found = torch.relu(self.bn2(self.conv2(found)))
        return torch.relu(self.bn3(self.conv3(found)) + self.downsample(inputs))


class _Residual(nn.Sequential):
    def forward(self, inputs: Tensor) -> Tensor:
        return inputs + super().forward(inputs)


class _Scale(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        return self.factor * inputs


def _shortcut(before: int, after: int, stride: int) -> nn.Module:
    if before == after and stride == 1:
        return nn.Identity()
    convolution = nn.Conv2d(before, after, 1, stride=stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after))


def _convolution(
    before: int, after: int, *, size: int = 3, stride: int = 1, padding: int | None = None
) -> nn.Module:
    around = size // 2 if padding is None else padding
    convolution = nn.Conv2d(before, after, size, stride=stride, padding=around, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU())
