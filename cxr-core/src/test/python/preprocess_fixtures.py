"""Makes the preprocessing fixtures of cxr-core with Pillow and OpenCV, from synthetic images only.

Run from the repository's root: python3 cxr-core/src/test/python/preprocess_fixtures.py
The committed files were made with Pillow 9.4.0, OpenCV 4.6.0 and numpy 1.24.2 of Debian 12.
"""

import pathlib

import cv2
import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parents[1] / "resources/io/cxr/preprocess/fixtures.npz"


def smooth(rows, columns, seed, low=0, high=255):
    coarse = np.random.default_rng(seed).random((rows // 9 + 2, columns // 9 + 2)) * 255
    image = Image.fromarray(coarse.astype(np.uint8)).resize((columns, rows), Image.BICUBIC)
    levels = np.asarray(image).astype(np.float64)
    levels += np.random.default_rng(seed + 1).normal(0, 4, levels.shape)
    return np.clip(low + levels / 255 * (high - low), 0, 255).astype(np.uint8)


def gradient(rows, columns):
    row, column = np.mgrid[0:rows, 0:columns]
    return ((3 * row + 2 * column) % 256).astype(np.uint8)


IMAGES = {
    "smooth97x131": smooth(97, 131, 1),
    "dull64x80": smooth(64, 80, 3, 90, 140),
    "gradient53x40": gradient(53, 40),
    "noise31x17": np.random.default_rng(7).integers(0, 256, (31, 17), dtype=np.uint8),
    "constant20x30": np.full((20, 30), 77, np.uint8),
    "tall40x3": gradient(40, 3) * 3,
    # 7 * (255 / 14) is 127.5 in double and rounds to 128; OpenCV computes in float and has 127.
    "rounding3x5": np.array([[0] + [100] * 7 + [200] * 7], np.uint8).reshape(3, 5),
    "tiny2x3": np.array([[0, 255, 12], [200, 3, 90]], np.uint8),
    "tiny1x1": np.array([[201]], np.uint8),
}
SIZES = [(48, 64), (97, 64), (48, 131), (7, 5), (1, 1), (120, 90), (150, 200)]
SIGMAS = [0.5, 1.5, 3.0, 7.0]
CLAHE = [(2.0, 8, 8), (40.0, 8, 8), (0.5, 3, 5), (4.0, 1, 1), (3.0, 4, 2)]


def main():
    arrays = {}

    def save(name, image):
        arrays[name] = np.ascontiguousarray(image)

    for name, image in IMAGES.items():
        save(name, image)
        for rows, columns in SIZES:
            if image.size > 3000 and rows > 97:
                continue
            for filter_name, code in (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR)):
                resized = Image.fromarray(image).resize((columns, rows), code)
                save(f"{name}.{filter_name}.{rows}x{columns}", np.asarray(resized))
        save(f"{name}.equalize", cv2.equalizeHist(image))
        for sigma in SIGMAS:
            save(f"{name}.gaussian.{sigma}", cv2.GaussianBlur(image, (0, 0), sigma))
        for limit, tile_rows, tile_columns in CLAHE:
            clahe = cv2.createCLAHE(limit, (tile_columns, tile_rows))
            save(f"{name}.clahe.{limit}.{tile_rows}x{tile_columns}", clahe.apply(image))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT, **arrays)


if __name__ == "__main__":
    main()
