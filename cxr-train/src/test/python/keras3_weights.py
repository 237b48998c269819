"""Writes a file of weights in the layout that Keras 3 gives a .weights.h5 (saving_lib.py): layers
are groups under "layers", named by their class, and their weights are numbered under "vars".

Run from the module's folder with Debian's python3-h5py (made with 3.7.0 and HDF5 1.10.8):
    python3 src/test/python/keras3_weights.py
"""

import pathlib

import h5py
import numpy

FOLDER = pathlib.Path("src/test/resources/io/cxr/train/weights")

FOLDER.mkdir(parents=True, exist_ok=True)
with h5py.File(FOLDER / "network.weights.h5", "w") as file:
    file.create_group("_layer_checkpoint_dependencies")
    layer = file.create_group("layers").create_group("conv2d")
    layer.attrs["name"] = "block1_conv1"
    weights = layer.create_group("vars")
    weights.create_dataset("0", data=numpy.zeros((3, 3, 3, 4), "float32"))
    weights.create_dataset("1", data=numpy.zeros(4, "float32"))
    file.create_group("vars")
