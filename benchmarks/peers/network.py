"""A model file's network in PyTorch: the same operations with the same weights.

Needs Debian's python3-onnx, python3-numpy and python3-torch. Serves the requests of
benchmarks/peers/shipped on standard input:

    script FILE            writes the network as TorchScript
    network FILE           writes the network alone as ONNX, without what makes it self-contained
    outputs TENSOR         the outputs for a float tensor in native order, one after the other
    time ROUNDS FILE...    nanoseconds from a film's file to all outputs
"""

import json
import sys
import time

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from PIL import Image


def attributes(node):
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def padded(values, pads, fill):
    top, left, bottom, right = pads
    return torch.nn.functional.pad(values, (left, right, top, bottom), value=fill)


def convolution(x, kernel, bias=None, strides=(1, 1), pads=(0, 0, 0, 0), group=1, dilations=(1, 1),
                kernel_shape=None):
    if pads[0] == pads[2] and pads[1] == pads[3]:
        symmetric = tuple(pads[:2])
    else:
        x, symmetric = padded(x, pads, 0.0), (0, 0)
    return torch.nn.functional.conv2d(
        x, kernel, bias, tuple(strides), symmetric, tuple(dilations), group)


def max_pool(x, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1)):
    return torch.nn.functional.max_pool2d(
        padded(x, pads, float("-inf")), tuple(kernel_shape), tuple(strides),
        dilation=tuple(dilations))


def gemm(x, matrix, bias=None, transA=0, transB=0, alpha=1.0, beta=1.0):
    product = (x.t() if transA else x) @ (matrix.t() if transB else matrix) * alpha
    return product if bias is None else product + beta * bias


def reshape(x, shape):
    # A 0 keeps the size that is there.
    return x.reshape([x.shape[at] if each == 0 else each for at, each in enumerate(shape.tolist())])


OPERATIONS = {
    "Add": lambda a, b: a + b,
    "Cast": lambda x, to: x.float(),
    "Clip": lambda x, low, high: torch.clamp(x, float(low), float(high)),
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Conv": convolution,
    "Div": lambda a, b: a / b,
    "Flatten": lambda x, axis=1: x.flatten(axis),
    "Gemm": gemm,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "MatMul": lambda a, b: a @ b,
    "MaxPool": max_pool,
    "Mul": lambda a, b: a * b,
    "ReduceSumSquare": lambda x, axes, keepdims=1: (x * x).sum(tuple(axes), bool(keepdims)),
    "ReduceSum": lambda x, axes, keepdims=1: x.sum(tuple(axes.tolist()), bool(keepdims)),
    "Relu": torch.relu,
    "Reshape": reshape,
    "Sigmoid": torch.sigmoid,
    "Sqrt": torch.sqrt,
    "Softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "Sub": lambda a, b: a - b,
}


def network_of(file):
    """The network of a self-contained file, with inputs that are prepared; others as they are."""
    model = onnx.load(file)
    graph = model.graph
    prefixes = ("preprocessing/", "answer/")
    made = {name for node in graph.node if node.name.startswith(prefixes) for name in node.output}
    if made:
        inputs = [each for each in graph.value_info if each.name in made]
        for field, kept in (
                ("node", [each for each in graph.node if not each.name.startswith(prefixes)]),
                ("initializer",
                 [each for each in graph.initializer if not each.name.startswith(prefixes)]),
                ("output", [each for each in graph.output if each.name not in made]),
                ("value_info", [each for each in graph.value_info if each.name not in made]),
                ("input", inputs)):
            graph.ClearField(field)
            getattr(graph, field).extend(kept)
    return model


class Network(torch.nn.Module):
    def __init__(self, file):
        super().__init__()
        model = network_of(file)
        self.model = model
        self.card = {each.key: each.value for each in model.metadata_props}
        self.input = model.graph.input[0].name
        self.size = [each.dim_value for each in model.graph.input[0].type.tensor_type.shape.dim][1:]
        self.outputs = [each.name for each in model.graph.output]
        self.nodes = []
        unknown = sorted({n.op_type for n in model.graph.node} - OPERATIONS.keys())
        if unknown:
            raise SystemExit(f"{file}: operations without a counterpart here: {unknown}")
        for node in model.graph.node:
            self.nodes.append(
                (OPERATIONS[node.op_type], list(node.input), node.output[0], attributes(node)))
        self.names = {}
        for index, each in enumerate(model.graph.initializer):
            values = torch.from_numpy(onnx.numpy_helper.to_array(each).copy())
            if values.is_floating_point():
                values = values.float()
            self.names[each.name] = f"weights_{index}"
            self.register_buffer(self.names[each.name], values)

    def forward(self, x):
        values = {self.input: x}
        for name, buffer in self.names.items():
            values[name] = getattr(self, buffer)
        for operation, inputs, output, options in self.nodes:
            values[output] = operation(*(values[each] for each in inputs), **options)
        return tuple(values[each] for each in self.outputs)

    def temperature(self):
        """What the probabilities are calibrated with, or 1 if it is not a temperature."""
        calibration = json.loads(self.card["cxr.card"]).get("calibration", {})
        return calibration.get("temperature", 1.0)


def tensor_of(file, shape):
    """What most scripts do: RGB, resize, float, channels first, less a mean."""
    channels, rows, columns = shape
    image = Image.open(file).convert("RGB").resize((columns, rows), Image.BILINEAR)
    values = np.asarray(image, dtype=np.float32)[:, :, ::-1].transpose(2, 0, 1) - np.float32(127.5)
    return torch.from_numpy(np.ascontiguousarray(values[:channels]))[None]


def main():
    file, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    network = Network(file).eval()
    example = torch.zeros(1, *network.size)
    with torch.no_grad():
        traced = torch.jit.trace(network, example)
        fast = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
        for _ in range(5):
            fast(example)
        for line in sys.stdin:
            request = line.rstrip("\n").split("\t")
            if request[0] == "script":
                # Not frozen: newer versions cannot read what 1.13 freezes.
                traced.save(request[1])
                print("written")
            elif request[0] == "network":
                onnx.save(network.model, request[1])
                print("written")
            elif request[0] == "temperature":
                print(network.temperature())
            elif request[0] == "outputs":
                values = np.fromfile(request[1], dtype=np.float32).reshape(1, *network.size)
                print(" ".join(str(float(v)) for out in fast(torch.from_numpy(values))
                               for v in out.flatten()))
            else:
                rounds, files = int(request[1]), request[2:]
                start = time.perf_counter_ns()
                for _ in range(rounds):
                    for each in files:
                        assert bool(torch.isfinite(fast(tensor_of(each, network.size))[0]).all())
                print((time.perf_counter_ns() - start) // (rounds * len(files)))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
