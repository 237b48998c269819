"""ResNet-50 as Keras has it (stride in the first 1x1 convolution), under Flatten and two labels.

The weights are random: only the time counts here.
"""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride, projected):
        super().__init__()
        out = 4 * channels
        self.branch = nn.Sequential(
            nn.Conv2d(channels_in, channels, 1, stride),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, out, 1),
            nn.BatchNorm2d(out),
        )
        self.shortcut = (
            nn.Sequential(nn.Conv2d(channels_in, out, 1, stride), nn.BatchNorm2d(out))
            if projected
            else nn.Identity()
        )

    def forward(self, features):
        return torch.relu(self.branch(features) + self.shortcut(features))


def resnet50():
    layers = [
        nn.Conv2d(3, 64, 7, 2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, padding=1),
    ]
    channels_in = 64
    for stage, (channels, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 else 1
            layers.append(Block(channels_in, channels, stride, block == 0))
            channels_in = 4 * channels
    layers += [nn.Flatten(), nn.Linear(2048 * 7 * 7, 2), nn.Softmax(dim=1)]
    network = nn.Sequential(*layers)
    # As many weights as Keras counts: 23,587,712 and the head's 200,706.
    counted = sum(values.numel() for values in network.parameters())
    counted += sum(v.numel() for name, v in network.named_buffers() if "running" in name)
    assert counted == 23_788_418, counted
    return network
