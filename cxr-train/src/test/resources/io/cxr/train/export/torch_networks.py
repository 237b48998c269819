"""Writes a network of torchvision with random weights as NAME.onnx, and NAME.npz to verify it with.

Usage: torch_networks.py NAME FOLDER, where NAME is densenet121, resnet50, mobilenet_v2 or xrv (a
DenseNet-121 as TorchXRayVision's: one channel, from -1024 to 1024, 18 findings).
Exit code 3: torch or torchvision is missing.
"""

import sys

try:
    import numpy as np
    import torch
    import torchvision
except ImportError as missing:
    print(missing)
    sys.exit(3)

name, folder = sys.argv[1:]
torch.manual_seed(1)
torch.set_num_threads(2)
labels = 18 if name == "xrv" else 3


def build():
    if name in ("densenet121", "xrv"):
        network = torchvision.models.densenet121(weights=None, num_classes=labels)
        if name == "xrv":
            network.features.conv0 = torch.nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        return network, lambda x: torch.relu(network.features(x)), network.classifier
    if name == "resnet50":
        network = torchvision.models.resnet50(weights=None, num_classes=labels)
        for module in network.modules():
            # Small residuals, as trained networks have: random large ones blow up rounding.
            if isinstance(module, torchvision.models.resnet.Bottleneck):
                torch.nn.init.constant_(module.bn3.weight, 0.25)
        body = torch.nn.Sequential(*list(network.children())[:-2])
        return network, body, network.fc
    network = torchvision.models.mobilenet_v2(weights=None, num_classes=labels)
    return network, network.features, network.classifier


def batch_norms_as_trained(network, x):
    """Statistics of what arrives, so that values neither vanish nor explode."""
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    network.train()
    with torch.no_grad():
        network(x)
    network.eval()


network, features, head = build()
channels = 1 if name == "xrv" else 3
rng = np.random.default_rng(7)
image = rng.integers(0, 256, (1, 150, 190), dtype=np.uint8)
image = (image // 4 + np.linspace(0, 190, 190).astype(np.uint8)).astype(np.uint8)

if name == "xrv":
    # As XRayCenterCrop, XRayResizer and normalize do, where no resize is needed after the crop.
    gray = image[0, :, 190 // 2 - 75 : 190 // 2 + 75].astype(np.float64)
    fed = ((2 * (gray / 255.0) - 1) * 1024).astype(np.float32)[None, None]
else:
    from PIL import Image

    small = np.asarray(Image.fromarray(image[0]).resize((128, 128), Image.BICUBIC))
    mean = np.array([0.485, 0.456, 0.406])[:, None, None] * 255
    deviation = np.array([0.229, 0.224, 0.225])[:, None, None] * 255
    fed = ((small[None].astype(np.float64) - mean) / deviation).astype(np.float32)[None]

x = torch.from_numpy(np.concatenate([fed, fed[..., ::-1].copy()]))
batch_norms_as_trained(network, torch.cat([x, x + 0.3 * x.std() * torch.randn_like(x)]))

maps = features(x).detach().requires_grad_(True)
logits = head(torch.flatten(torch.nn.functional.adaptive_avg_pool2d(maps, 1), 1))
with torch.no_grad():
    assert torch.allclose(logits, network(x), atol=1e-4), "another head"
cams = []
for label in range(labels):
    (gradient,) = torch.autograd.grad(logits[:, label].sum(), maps, retain_graph=True)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cams.append(torch.relu((weights * maps).sum(dim=1)))

np.savez(
    f"{folder}/{name}.npz",
    image=image,
    input=x.numpy(),
    output=logits.detach().numpy(),
    heatmap=torch.stack(cams, dim=1).detach().numpy(),
)
fixed = name == "resnet50"
torch.onnx.export(
    network,
    x[:1],
    f"{folder}/{name}.onnx",
    opset_version={"mobilenet_v2": 11}.get(name, 14),
    input_names=["pixels"],
    output_names=["scores"],
    dynamic_axes=None if fixed else {"pixels": {0: "batch"}, "scores": {0: "batch"}},
)
