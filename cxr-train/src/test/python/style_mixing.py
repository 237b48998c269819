"""Writes images that NumPy gave the look of others: the truth for
io.cxr.train.augmentation.StyleMixing.

Histogram specification by np.interp between the cumulative shares; the amplitudes of low
frequencies by a whole Fourier transform. The images are synthetic.

Run from the module's folder with Debian's python3-numpy:
    python3 src/test/python/style_mixing.py
"""

import pathlib

import numpy as np

OUT = pathlib.Path("src/test/resources/io/cxr/train/augmentation/style-mixing")

# name, rows, columns, half width of the square of frequencies over the short side, share
SPECTRA = [
    ("one", 24, 36, 0.01, 1.0),
    ("some", 24, 36, 0.12, 0.7),
    ("odd", 37, 21, 0.19, 0.5),
    ("even", 32, 32, 0.1, 1.0),
]


def image(rows, columns, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    waves = 110 + 50 * np.sin(x / (2.1 + seed)) * np.cos(y / 4.3) + 30 * (x > columns // 3)
    return np.clip(np.rint(waves + rng.normal(0, 15, (rows, columns))), 0, 255).astype(np.uint8)


def low_frequencies(gray, donor, bandwidth, share):
    rows, columns = gray.shape
    own = np.fft.fftshift(np.fft.fft2(gray.astype(np.float64)))
    other = np.fft.fftshift(np.fft.fft2(donor.astype(np.float64)))
    radius = max(1, int(bandwidth * min(rows, columns)))
    y, x = rows // 2, columns // 2
    low = (slice(y - radius, y + radius + 1), slice(x - radius, x + radius + 1))
    length = (1 - share) * np.abs(own[low]) + share * np.abs(other[low])
    own[low] = length * np.exp(1j * np.angle(own[low]))
    return np.clip(np.rint(np.fft.ifft2(np.fft.ifftshift(own)).real), 0, 255).astype(np.uint8)


def histogram(gray, donor):
    shares = np.cumsum(np.bincount(gray.ravel(), minlength=256)) / gray.size
    wanted = np.cumsum(np.bincount(donor.ravel(), minlength=256)) / donor.size
    # np.interp wants increasing shares; of equal ones the first level counts.
    levels, first = np.unique(wanted, return_index=True)
    return np.rint(np.interp(shares, levels, first)).astype(np.uint8)[gray]


OUT.mkdir(parents=True, exist_ok=True)
rows = ["name,rows,columns,bandwidth,share"]
for name, height, width, bandwidth, share in SPECTRA:
    gray, donor = image(height, width, 1), image(height, width, 2) // 2 + 90
    donor = donor.astype(np.uint8)
    gray.tofile(OUT / f"{name}-image.bin")
    donor.tofile(OUT / f"{name}-donor.bin")
    low_frequencies(gray, donor, bandwidth, share).tofile(OUT / f"{name}-spectrum.bin")
    histogram(gray, donor).tofile(OUT / f"{name}-histogram.bin")
    rows.append(f"{name},{height},{width},{bandwidth},{share}")
(OUT / "cases.csv").write_text("\n".join(rows) + "\n")
