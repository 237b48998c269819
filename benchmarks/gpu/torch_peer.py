"""Images a second of ResNet-50 and VGG-16 in PyTorch: torch_peer.py cpu|cuda FILE.json [--dry-run]

Channels last, in 16 and in 32 bits, run as they are, and through torch.compile as long as
CXR_TORCH_SECONDS (150) last: the faster of both counts. Inputs are on the device already. The
weights are random: only the time counts here.
"""

import json
import os
import statistics
import sys
import time

import torch
from torch import nn

from resnet50 import resnet50


def vgg16():
    layers, channels_in = [], 3
    for channels, convolutions in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels_in, channels, 3, padding=1), nn.ReLU(inplace=True)]
            channels_in = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * 7 * 7, 2), nn.Softmax(dim=1))


def seconds(device, run, rounds):
    for _ in range(max(3, rounds // 5)):
        run()
    times = []
    for _ in range(rounds):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def matrix_rate(device, dtype, size, rounds):
    a = torch.randn(size, size, device=device).to(dtype)
    b = torch.randn(size, size, device=device).to(dtype)
    return 2 * size**3 / seconds(device, lambda: a @ b, rounds)


def main():
    device, file = sys.argv[1:3]
    dry = "--dry-run" in sys.argv
    cuda = device == "cuda"
    # 32 bits are 32 bits on both sides.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    compiles = hasattr(torch, "compile") and not dry
    formats = {"fp32": torch.float32}
    if cuda:
        formats["fp16"] = torch.float16
    limit = time.monotonic() + float(os.environ.get("CXR_TORCH_SECONDS", "150"))
    batches = (1, 2) if dry else (1, 8, 32, 128, 256)
    rates, compiled, notes, cases = {}, [], [], []
    for name, make in (("resnet50", resnet50), ("vgg16", vgg16)):
        rates[name] = {}
        for label, dtype in formats.items():
            network = make().eval().to(device, dtype).to(memory_format=torch.channels_last)
            rates[name][label] = {}
            for batch in batches:
                images = torch.randn(batch, 3, 224, 224, device=device).to(dtype)
                images = images.to(memory_format=torch.channels_last)
                rounds = 2 if dry else max(20, 400 // batch)
                with torch.inference_mode():
                    took = seconds(device, lambda: network(images), rounds)
                rates[name][label][str(batch)] = batch / took
                cases.append((name, label, batch, rounds, network, images))
    # Compiling takes half a minute a case: those that matter most come first.
    cases.sort(key=lambda case: (case[2] not in (1, 128), case[1] != "fp16", case[0]))
    for name, label, batch, rounds, network, images in cases if compiles else []:
        if time.monotonic() > limit:
            break
        try:
            # Batches of one size each: no guards for open sizes.
            run = torch.compile(network, dynamic=False)
            with torch.inference_mode():
                took = seconds(device, lambda: run(images), rounds)
        except Exception as failure:  # torch.compile may lack a compiler
            notes.append(f"compiling failed: {type(failure).__name__}")
            break
        compiled.append(f"{name} {label} {batch}")
        rates[name][label][str(batch)] = max(rates[name][label][str(batch)], batch / took)
    size, rounds = (512, 3) if dry else (8192, 10)
    answer = {
        "torch": torch.__version__,
        "card": torch.cuda.get_device_name() if cuda else "none",
        "rates": rates,
        "matrixRate": {k: matrix_rate(device, v, size, rounds) for k, v in formats.items()},
        "note": f"{torch.__version__}, channels last, "
        + ("the faster of eager and torch.compile for " + ", ".join(compiled) if compiled else "eager")
        + (", eager for the others" if compiled else "")
        + "".join("; " + note for note in notes),
    }
    with open(file + ".part", "w") as out:
        json.dump(answer, out, indent=2)
    os.replace(file + ".part", file)


main()
