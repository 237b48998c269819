"""Images a second of ResNet-50 and VGG-16 in PyTorch: torch_peer.py cpu|cuda FILE.json [--dry-run]

Channels last, in 32 bits, TF32 and 16 bits, run as they are, and through torch.compile as long as
CXR_TORCH_SECONDS (150) last: the faster of both counts. "rates" have their input on the device,
"hostRates" copy gray pixels from page-locked memory and the answers back. PyTorch has no 8-bit
convolution for cards. The weights are random: only the time counts here.
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


def once(device, run):
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def seconds(device, run, length):
    once(device, run)
    rounds = max(5, min(2000, int(length / once(device, run))))
    for _ in range(rounds // 5):
        once(device, run)
    return statistics.median(once(device, run) for _ in range(rounds))


def matrix_rate(device, dtype, size, length):
    a = torch.randn(size, size, device=device).to(dtype)
    b = torch.randn(size, size, device=device).to(dtype)
    return 2 * size**3 / seconds(device, lambda: a @ b, length)


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def main():
    device, file = sys.argv[1].split(":")[0], sys.argv[2]
    dry = "--dry-run" in sys.argv
    cuda = device == "cuda"
    torch.backends.cudnn.benchmark = True
    if dry:
        # Threads that wait for each other make no progress where others want the processors, too.
        torch.set_num_threads(1)
    compiles = hasattr(torch, "compile") and not dry
    formats = {"fp32": torch.float32}
    if cuda:
        formats.update(tf32=torch.float32, fp16=torch.float16)
    length = 0.05 if dry else 0.5
    batches = (1, 2) if dry else (1, 8, 32, 128, 256)
    rates, host_rates, memory, cases, compiled, notes = {}, {}, {}, [], [], []
    networks = (("resnet50", resnet50),) if dry else (("resnet50", resnet50), ("vgg16", vgg16))
    for name, make in networks:
        rates[name], host_rates[name], memory[name] = {}, {}, {}
        for label, dtype in formats.items():
            # 32 bits are 32 bits on both sides.
            allow_tf32(label == "tf32")
            if cuda:
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
                before = torch.cuda.memory_allocated()
            network = make().eval().to(device, dtype).to(memory_format=torch.channels_last)
            rates[name][label], host_rates[name][label] = {}, {}
            for batch in batches:
                images = torch.randn(batch, 3, 224, 224, device=device).to(dtype)
                images = images.to(memory_format=torch.channels_last)
                gray = torch.randint(0, 256, (batch, 1, 224, 224), dtype=torch.uint8)
                if cuda:
                    gray = gray.pin_memory()

                def from_host():
                    there = gray.to(device, non_blocking=True).to(dtype) / 127.5 - 1
                    there = there.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
                    return network(there).cpu()

                with torch.inference_mode():
                    rates[name][label][str(batch)] = batch / seconds(
                        device, lambda: network(images), length
                    )
                    host_rates[name][label][str(batch)] = batch / seconds(device, from_host, length)
                cases.append((name, label, batch, network, images))
            if cuda:
                memory[name][label] = (torch.cuda.max_memory_allocated() - before) / 2**20
    # Compiling takes half a minute a case: those that matter most come first.
    cases.sort(key=lambda case: (case[2] not in (1, 128), case[1] != "fp16", case[0]))
    limit = time.monotonic() + float(os.environ.get("CXR_TORCH_SECONDS", "150"))
    for name, label, batch, network, images in cases if compiles else []:
        if time.monotonic() > limit:
            break
        allow_tf32(label == "tf32")
        try:
            # Batches of one size each: no guards for open sizes.
            torch._dynamo.reset()
            run = torch.compile(network, dynamic=False)
            with torch.inference_mode():
                took = seconds(device, lambda: run(images), length)
        except Exception as failure:  # torch.compile may lack a compiler
            notes.append(f"compiling failed: {type(failure).__name__}")
            break
        compiled.append(f"{name} {label} {batch}")
        rates[name][label][str(batch)] = max(rates[name][label][str(batch)], batch / took)
    matrix = {}
    for label, dtype in formats.items():
        allow_tf32(label == "tf32")
        matrix[label] = matrix_rate(device, dtype, 512 if dry else 8192, length)
    answer = {
        "torch": torch.__version__,
        "card": torch.cuda.get_device_name() if cuda else "none",
        "rates": rates,
        "hostRates": host_rates,
        "memoryMiB": memory,
        "matrixRate": matrix,
        "note": f"{torch.__version__}, channels last, eager"
        + (
            "; without copies the faster of eager and torch.compile for " + ", ".join(compiled)
            if compiled
            else ""
        )
        + "".join("; " + note for note in notes),
    }
    with open(file + ".part", "w") as out:
        json.dump(answer, out, indent=2)
    os.replace(file + ".part", file)


main()
