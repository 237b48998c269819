"""Writes codestreams.zip: one small synthetic DICOM file for each transfer syntax with pixel data.

The tests damage them. Made by Python 3.11 with pydicom 2.3.1, dcmtk 3.6.7 and GDCM 3.0.21; run it
with the Python that has pydicom. All images are phantoms: a gradient, a disc and some noise.
"""

import pathlib
import random
import subprocess
import sys
import tempfile
import zipfile

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROWS = 33
COLUMNS = 28


def phantom(path, bits, photometric="MONOCHROME2", frames=1):
    noise = random.Random(5)
    samples = 3 if photometric == "RGB" else 1
    allocated = 8 if bits <= 8 else 16
    most = (1 << bits) - 1
    pixels = bytearray()
    for frame in range(frames):
        for y in range(ROWS):
            for x in range(COLUMNS):
                disc = (y - 16) ** 2 + (x - 14) ** 2 < 60 + 20 * frame
                for sample in range(samples):
                    value = most * (y + x * (sample + 1)) // (ROWS + COLUMNS * samples)
                    value = most // 2 if disc else value + noise.randrange(1 + most // 40)
                    pixels += min(most, value).to_bytes(allocated // 8, "little")
    if len(pixels) % 2:
        pixels.append(0)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.is_little_endian = True
    data.is_implicit_VR = False
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    data.SOPInstanceUID = f"2.25.{bits}{samples}{frames}"
    data.StudyInstanceUID = "2.25.1"
    data.SeriesInstanceUID = "2.25.2"
    data.Modality = "OT"
    data.SamplesPerPixel = samples
    data.PhotometricInterpretation = photometric
    if samples == 3:
        data.PlanarConfiguration = 0
    data.NumberOfFrames = frames
    data.Rows = ROWS
    data.Columns = COLUMNS
    data.BitsAllocated = allocated
    data.BitsStored = bits
    data.HighBit = bits - 1
    data.PixelRepresentation = 0
    data.PixelData = bytes(pixels)
    data["PixelData"].VR = "OB" if allocated == 8 else "OW"
    data.save_as(path, write_like_original=False)


def main(target):
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(
        target, "w", zipfile.ZIP_DEFLATED
    ) as archive:
        folder = pathlib.Path(folder)
        gray8, gray12, gray16, colour, frames = (folder / f"{i}.dcm" for i in range(5))
        phantom(gray8, 8)
        phantom(gray12, 12)
        phantom(gray16, 16)
        phantom(colour, 8, "RGB")
        phantom(frames, 12, frames=3)
        seeds = [
            ("implicit", ["dcmconv", "+ti"], gray12),
            ("explicit", ["dcmconv", "+te"], gray12),
            ("big-endian", ["dcmconv", "+tb"], gray12),
            ("deflated", ["dcmconv", "+td"], gray12),
            ("rle", ["dcmcrle"], gray16),
            ("rle-colour", ["dcmcrle"], colour),
            ("jpeg-baseline", ["dcmcjpeg", "+eb"], gray8),
            ("jpeg-baseline-colour", ["dcmcjpeg", "+eb"], colour),
            ("jpeg-extended", ["dcmcjpeg", "+ee"], gray12),
            ("jpeg-lossless", ["dcmcjpeg", "+el", "+sv", "6"], gray16),
            ("jpeg-lossless-sv1", ["dcmcjpeg", "+e1"], gray12),
            ("jpeg-lossless-colour", ["dcmcjpeg", "+e1"], colour),
            ("jpeg-ls", ["dcmcjpls"], gray16),
            ("jpeg-ls-frames", ["dcmcjpls", "+fs", "1"], frames),
            ("jpeg-ls-near", ["dcmcjpls", "+en", "+md", "3"], gray12),
            ("jpeg-ls-sample", ["dcmcjpls", "+is"], colour),
            ("jpeg-2000-lossless", ["gdcmconv", "--j2k"], gray12),
            ("jpeg-2000-colour", ["gdcmconv", "--j2k"], colour),
            ("jpeg-2000", ["gdcmconv", "--j2k", "--lossy", "--irreversible", "-q", "40"], gray12),
        ]
        for name, command, source in seeds:
            made = folder / "made.dcm"
            subprocess.run([*command, source, made], check=True)
            entry = zipfile.ZipInfo(f"{name}.dcm", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, made.read_bytes())
            print(name, made.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1])
