"""Writes images that SciPy turned, sheared and zoomed as Keras does: the truth for
io.cxr.train.augmentation.KerasTransforms.

Keras' ImageDataGenerator makes one matrix, rotation . shear . zoom, moves its origin to the
image's centre (size - 1) / 2, and calls scipy.ndimage.affine_transform of order 1 with
mode='nearest'. The images are synthetic.

Run from the module's folder with Debian's python3-numpy and python3-scipy:
    python3 src/test/python/keras_affine.py
"""

import pathlib

import numpy as np
from scipy import ndimage

OUT = pathlib.Path("src/test/resources/io/cxr/train/augmentation/keras-affine")

# name, rows, columns, rotation and shear in degrees, zoom of the rows and of the columns
CASES = [
    ("same", 24, 36, 0, 0, 1, 1),
    ("rotation", 24, 36, 20, 0, 1, 1),
    ("rotation-back", 37, 21, -10, 0, 1, 1),
    ("rotation-quarter", 24, 36, 90, 0, 1, 1),
    ("rotation-far", 37, 21, 163, 0, 1, 1),
    ("shear-keras", 24, 36, 0, 0.2, 1, 1),
    ("shear", 24, 36, 0, 15, 1, 1),
    ("shear-back", 37, 21, 0, -40, 1, 1),
    ("zoom-in", 24, 36, 0, 0, 0.8, 0.8),
    ("zoom-out", 37, 21, 0, 0, 1.2, 1.2),
    ("zoom-uneven", 24, 36, 0, 0, 0.81, 1.17),
    ("zoom-far-out", 37, 21, 0, 0, 4, 3),
    ("rotation-shear", 24, 36, 7, -5, 1, 1),
    ("report", 32, 32, 0, -0.17, 1.13, 0.87),
    ("all", 24, 36, 17.3, 9.1, 0.83, 1.19),
    ("all-back", 37, 21, -31, -22, 1.6, 0.4),
]


def image(rows, columns):
    """Waves, an edge and noise over the whole gray scale."""
    rng = np.random.default_rng(1000 * rows + columns)
    y, x = np.mgrid[0:rows, 0:columns]
    waves = 127 + 80 * np.sin(x / 3.1) * np.cos(y / 4.3) + 40 * (x > columns // 3)
    return np.clip(np.rint(waves + rng.normal(0, 25, (rows, columns))), 0, 255).astype(np.uint8)


def keras(gray, rotation, shear, zoom_rows, zoom_columns):
    theta, s = np.deg2rad(rotation), np.deg2rad(shear)
    matrix = (
        np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        @ np.array([[1, -np.sin(s)], [0, np.cos(s)]])
        @ np.diag([zoom_rows, zoom_columns])
    )
    centre = (np.array(gray.shape) - 1) / 2
    return ndimage.affine_transform(
        gray.astype(np.float64), matrix, centre - matrix @ centre, order=1, mode="nearest"
    )


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "cases.csv").open("w") as cases:
        cases.write("name,rows,columns,rotation,shear,zoom_rows,zoom_columns\n")
        for name, rows, columns, *values in CASES:
            gray = image(rows, columns)
            (OUT / f"image-{rows}x{columns}.bin").write_bytes(gray.tobytes())
            changed = np.rint(keras(gray, *values)).astype(np.uint8)
            (OUT / f"{name}.bin").write_bytes(changed.tobytes())
            cases.write(",".join(map(str, [name, rows, columns, *values])) + "\n")
