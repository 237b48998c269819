"""The other side of benchmarks/peers/run: Pillow, and PyTorch where it is installed.

Reads a line "stage<TAB>rounds<TAB>file..." at a time and answers with nanoseconds an item; the line
"tensor<TAB>mode<TAB>file" is answered with the SHA-256 of the float tensor.
"""

import hashlib
import sys
import time

import numpy as np
from PIL import Image

MEANS = np.array([103.939, 116.779, 123.68])
# As Java rounds it: each gray level less the mean in double precision, then to a float.
LEVELS = (np.arange(256)[None, :] - MEANS[:, None]).astype(np.float32)


def tensor_of_gray(path):
    """The straightforward way for those who know that the image is gray."""
    gray = np.asarray(Image.open(path).convert("L").resize((224, 224), Image.BILINEAR))
    return LEVELS[:, gray]


def tensor_of_rgb(path):
    """What most scripts do: RGB, resize, float, channels first, minus the mean."""
    rgb = Image.open(path).convert("RGB").resize((224, 224), Image.BILINEAR)
    values = np.asarray(rgb, dtype=np.float32)[:, :, ::-1].transpose(2, 0, 1)
    return np.ascontiguousarray(values - MEANS.astype(np.float32)[:, None, None])


class Stages:
    def __init__(self, threads):
        self.threads = threads
        self.network = None

    def resnet(self):
        if self.network is None:
            import torch
            from resnet50 import resnet50

            torch.set_num_threads(self.threads)
            torch.set_num_interop_threads(1)
            network = resnet50().eval()
            example = torch.zeros(1, 3, 224, 224)
            with torch.no_grad():
                frozen = torch.jit.optimize_for_inference(
                    torch.jit.freeze(torch.jit.trace(network, example))
                )
                for _ in range(5):
                    frozen(example)
            self.network = (torch, frozen)
        return self.network

    def run(self, stage, rounds, files):
        if stage == "resize":
            films = [Image.open(file).convert("L") for file in files]
            for film in films:
                film.load()
            start = time.perf_counter_ns()
            for _ in range(rounds):
                for film in films:
                    film.resize((224, 224), Image.BILINEAR)
        elif stage in ("file-to-tensor", "file-to-tensor-rgb"):
            make = tensor_of_gray if stage == "file-to-tensor" else tensor_of_rgb
            start = time.perf_counter_ns()
            for _ in range(rounds):
                for file in files:
                    make(file)
        elif stage in ("classify", "file-to-prediction"):
            torch, network = self.resnet()
            inputs = [torch.from_numpy(tensor_of_rgb(file))[None] for file in files]
            with torch.no_grad():
                start = time.perf_counter_ns()
                for _ in range(rounds):
                    for file, known in zip(files, inputs):
                        if stage == "file-to-prediction":
                            known = torch.from_numpy(tensor_of_rgb(file))[None]
                        probabilities = network(known)
                        assert bool(torch.isfinite(probabilities).all())
        else:
            raise ValueError("stage: expected a known one, found " + stage)
        return (time.perf_counter_ns() - start) // (rounds * len(files))


def main():
    stages = Stages(int(sys.argv[1]))
    for line in sys.stdin:
        request = line.rstrip("\n").split("\t")
        if request[0] == "tensor":
            make = tensor_of_gray if request[1] == "gray" else tensor_of_rgb
            print(hashlib.sha256(np.ascontiguousarray(make(request[2])).tobytes()).hexdigest())
        else:
            print(stages.run(request[0], int(request[1]), request[2:]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
