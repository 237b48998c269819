"""Makes the small image files that RadiographFilesTest reads, and the gray that each must give.

Run from the repository root with Python 3, Pillow, numpy and OpenCV:
    python3 cxr-core/src/test/python/radiograph_files.py
With the folder of original radiographs as an argument it writes originals.txt instead.

Every picture is synthetic. NAME.gray.npy is what Pillow reads, turned into gray by Pillow's RGB to L
rule and composed on black; where Pillow reads a variant wrongly or not at all, it is computed from
the samples that were written. At the end it names the files in which that differs from Pillow 9.4: the
transparent keys of gray and 16-bit RGB PNG, the alpha of 16-bit gray PNG (halved), the corners of a GIF
frame smaller than its screen, and of TIFF 16-bit WhiteIsZero, associated alpha and 12 bits, BMP whose
alpha is 0, and planar RGB.
"""
import hashlib
import io
import pathlib
import struct
import sys
import zlib

import cv2
import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parents[1] / "resources/io/cxr/radiograph"
H, W = 13, 19


def luma(rgb):
    rgb = rgb.astype(np.int64)
    return ((19595 * rgb[..., 0] + 38470 * rgb[..., 1] + 7471 * rgb[..., 2] + 32768) >> 16).astype(np.uint8)


def on_black(gray, alpha):
    top = np.iinfo(gray.dtype).max
    return ((gray.astype(np.int64) * alpha + top // 2) // top).astype(gray.dtype)


def pillow_gray(data):
    image = Image.open(io.BytesIO(data))
    if image.mode.startswith("I"):
        return np.array(image).astype("<u2")
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))
    if image.mode == "LA":
        both = np.array(image)
        return on_black(both[..., 0], both[..., 1])
    rgba = np.array(image.convert("RGBA"))
    assert np.array_equal(luma(rgba), np.array(image.convert("RGB").convert("L")))
    return on_black(luma(rgba), rgba[..., 3])


def put(name, data, gray=None):
    """Writes a file with its gray: Pillow's own, or the one given, which Pillow must not contradict."""
    gray = pillow_gray(data) if gray is None else gray
    (OUT / name).write_bytes(data)
    np.save(OUT / (name + ".gray.npy"), np.ascontiguousarray(gray.astype("<u2" if gray.dtype.itemsize == 2 else "u1")))


def saved(array, kind, mode=None, **options):
    image = array if isinstance(array, Image.Image) else Image.fromarray(array, mode)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


# The samples -------------------------------------------------------------------------------------

random = np.random.default_rng(20261123)
y, x = np.mgrid[0:H, 0:W]
gray8 = ((x * 9 + y * 7 + random.integers(0, 40, (H, W))) % 256).astype(np.uint8)
gray16 = ((x * 3001 + y * 1777 + random.integers(0, 9000, (H, W))) % 65536).astype(np.uint16)
rgb8 = np.stack([gray8, np.roll(gray8, 3, 1)[::-1], random.integers(0, 256, (H, W))], -1).astype(np.uint8)
rgb16 = np.stack([gray16, np.roll(gray16, 5, 1), gray16[::-1]], -1)
alpha8 = random.integers(0, 256, (H, W)).astype(np.uint8)
alpha8[0], alpha8[1] = 0, 255
alpha16 = random.integers(0, 65536, (H, W)).astype(np.uint16)
palette = random.integers(0, 256, (256, 3)).astype(np.uint8)


# PNG, with what Pillow cannot write: every depth, interlacing, 16-bit colour ----------------------


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def scanlines(samples, depth, filters):
    """Rows of samples [rows, columns, channels] packed to their depth and filtered."""
    channels = samples.shape[2]
    step = max(1, channels * depth // 8)
    before = None
    out = bytearray()
    for number, row in enumerate(samples):
        if depth == 16:
            packed = row.astype(">u2").tobytes()
        elif depth == 8:
            packed = row.astype("u1").tobytes()
        else:
            bits = "".join(format(int(v), "0%db" % depth) for v in row.ravel())
            bits += "0" * (-len(bits) % 8)
            packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        before = bytes(len(packed)) if before is None else before
        kind = number % 5 if filters else 0
        line = bytearray()
        for i, value in enumerate(packed):
            a = packed[i - step] if i >= step else 0
            b = before[i]
            c = before[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        out += bytes([kind]) + line
        before = packed
    return bytes(out)


def png(samples, depth, colour, extra=(), interlaced=False, filters=True, late=()):
    samples = samples if samples.ndim == 3 else samples[..., None]
    rows, columns = samples.shape[:2]
    raw = b""
    if interlaced:
        for x0, y0, dx, dy in (
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
        ):
            part = samples[y0::dy, x0::dx]
            if part.size:
                raw += scanlines(part, depth, filters)
    else:
        raw = scanlines(samples, depth, filters)
    packed = zlib.compress(raw, 9)
    half = len(packed) // 2
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, int(interlaced)))
        + b"".join(extra)
        + chunk(b"IDAT", packed[:half])
        + chunk(b"IDAT", packed[half:])
        + b"".join(late)
        + chunk(b"IEND", b"")
    )


def make_png():
    for interlaced in (False, True):
        end = "-interlaced.png" if interlaced else ".png"
        for depth in (1, 2, 4):
            top = (1 << depth) - 1
            small = gray8 >> (8 - depth)
            put("png-gray%d" % depth + end, png(small, depth, 0, interlaced=interlaced), (small * (255 // top)).astype(np.uint8))
            used = palette[: 1 << depth]
            put(
                "png-palette%d" % depth + end,
                png(small, depth, 3, [chunk(b"PLTE", used.tobytes())], interlaced),
                luma(used[small]),
            )
        put("png-gray8" + end, png(gray8, 8, 0, interlaced=interlaced), gray8)
        put("png-gray16" + end, png(gray16, 16, 0, interlaced=interlaced), gray16)
        put("png-rgb8" + end, png(rgb8, 8, 2, interlaced=interlaced), luma(rgb8))
        put("png-rgb16" + end, png(rgb16, 16, 2, interlaced=interlaced), luma(rgb16 >> 8))
        put("png-palette8" + end, png(gray8, 8, 3, [chunk(b"PLTE", palette.tobytes())], interlaced), luma(palette[gray8]))
        hidden = png(np.dstack([gray8, 0 * alpha8]), 8, 4, interlaced=interlaced)
        put("png-gray-alpha8-all-transparent" + end, hidden, gray8)
        hidden = png(np.dstack([rgb8, 0 * alpha8]), 8, 6, interlaced=interlaced)
        put("png-rgba8-all-transparent" + end, hidden, luma(rgb8))
        put("png-gray-alpha8" + end, png(np.dstack([gray8, alpha8]), 8, 4, interlaced=interlaced), on_black(gray8, alpha8))
        # Pillow halves these 16 bits; we keep them.
        put("png-gray-alpha16" + end, png(np.dstack([gray16, alpha16]), 16, 4, interlaced=interlaced), on_black(gray16, alpha16))
        put("png-rgba8" + end, png(np.dstack([rgb8, alpha8]), 8, 6, interlaced=interlaced), on_black(luma(rgb8), alpha8))
        put(
            "png-rgba16" + end,
            png(np.dstack([rgb16, alpha16]), 16, 6, interlaced=interlaced),
            on_black(luma(rgb16 >> 8), alpha16 >> 8),
        )
    # A transparent key is the samples' own value, before any change of depth. Pillow's L ignores it.
    key = int(gray8[5, 5])
    put("png-gray8-trns.png", png(gray8, 8, 0, [chunk(b"tRNS", struct.pack(">H", key))]), np.where(gray8 == key, 0, gray8).astype(np.uint8))
    key = int(gray16[5, 5])
    put("png-gray16-trns.png", png(gray16, 16, 0, [chunk(b"tRNS", struct.pack(">H", key))]), np.where(gray16 == key, 0, gray16).astype(np.uint16))
    small = gray8 >> 6
    put("png-gray2-trns.png", png(small, 2, 0, [chunk(b"tRNS", struct.pack(">H", 2))]), np.where(small == 2, 0, small * 85).astype(np.uint8))
    key = rgb8[5, 5]
    same = (rgb8 == key).all(-1)
    put("png-rgb8-trns.png", png(rgb8, 8, 2, [chunk(b"tRNS", key.astype(">u2").tobytes())]), np.where(same, 0, luma(rgb8)).astype(np.uint8))
    key = rgb16[5, 5]
    same = (rgb16 == key).all(-1)
    put("png-rgb16-trns.png", png(rgb16, 16, 2, [chunk(b"tRNS", key.astype(">u2").tobytes())]), np.where(same, 0, luma(rgb16 >> 8)).astype(np.uint8))
    seen = random.integers(0, 256, 100).astype(np.uint8)
    full = np.concatenate([seen, np.full(156, 255, np.uint8)])
    put(
        "png-palette8-trns.png",
        png(gray8, 8, 3, [chunk(b"PLTE", palette.tobytes()), chunk(b"tRNS", seen.tobytes())]),
        on_black(luma(palette[gray8]), full[gray8]),
    )
    # None of these may change a pixel: gamma, colour space, density, text, an unknown chunk.
    extra = [
        chunk(b"gAMA", struct.pack(">I", 100000)),
        chunk(b"sRGB", b"\0"),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")),
        chunk(b"sBIT", b"\5"),
        chunk(b"bKGD", b"\0\7"),
        chunk(b"pHYs", struct.pack(">IIB", 3000, 3000, 1)),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 100000)),
        chunk(b"abCd", b"anything"),
    ]
    put("png-gray8-chunks.png", png(gray8, 8, 0, extra, late=[chunk(b"tEXt", b"Comment\0late")]), gray8)
    put("png-gray8-one-pixel.png", png(gray8[:1, :1], 8, 0), gray8[:1, :1])
    put("png-gray8-pillow.png", saved(gray8, "PNG"))


# JPEG --------------------------------------------------------------------------------------------


def segments(data):
    """The marker segments up to and with the first scan header, and all that follows."""
    at, found = 2, []
    while True:
        kind, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        found.append((kind, data[at + 4 : at + 2 + length]))
        at += 2 + length
        if kind == 0xDA:
            return found, data[at:]


def joined(found, rest):
    return b"\xff\xd8" + b"".join(b"\xff" + bytes([k]) + struct.pack(">H", len(c) + 2) + c for k, c in found) + rest


def adobe(transform):
    return (0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def make_jpeg():
    Y, X = np.mgrid[0:45, 0:67]
    smooth = (127 + 100 * np.sin(X / 9) * np.cos(Y / 7) + random.normal(0, 12, X.shape)).clip(0, 255).astype(np.uint8)
    colour = np.stack([smooth, smooth.T[:45, :45].repeat(2, 1)[:, :67], 255 - smooth], -1)
    for progressive in (False, True):
        end = "-progressive.jpg" if progressive else ".jpg"
        put("jpeg-gray" + end, saved(smooth, "JPEG", quality=90, progressive=progressive))
        for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
            put("jpeg-ycc" + name + end, saved(colour, "JPEG", quality=90, subsampling=sampling, progressive=progressive))
    put("jpeg-restart.jpg", cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_RST_INTERVAL, 3])[1].tobytes())

    # Pillow 9 writes no RGB JPEG: write the three planes as if they were YCbCr, and change the labels.
    stream = saved(Image.merge("YCbCr", Image.fromarray(colour).split()), "JPEG", quality=90, subsampling=0)
    found, rest = segments(stream)
    bare = [(k, c) for k, c in found if k != 0xE0]
    assert bare != found
    put("jpeg-rgb-adobe.jpg", joined([adobe(0)] + bare, rest))
    put("jpeg-ycc444-adobe.jpg", joined([adobe(1)] + bare, rest))
    put("jpeg-ycc444-bare.jpg", joined(bare, rest))
    # JFIF wins over Adobe, and over the names of the components.
    put("jpeg-ycc444-jfif-adobe.jpg", joined([found[0], adobe(0)] + found[1:], rest))

    def named(c, kind, ids):
        c = bytearray(c)
        for i in range(3):
            c[(6 if kind in (0xC0, 0xC2) else 1) + i * (3 if kind in (0xC0, 0xC2) else 2)] = ids[i]
        return bytes(c)

    for name, ids in (("rgb-named", b"RGB"), ("ycc444-odd-names", b"\7\5\3")):
        renamed = [(k, named(c, k, ids) if k in (0xC0, 0xDA) else c) for k, c in bare]
        put("jpeg-%s.jpg" % name, joined(renamed, rest))
    # Metadata that must change nothing: orientation 1, a broken profile, a comment, padding, a tail.
    exif = (0xE1, b"Exif\0\0" + b"II*\0\x08\0\0\0\x01\0\x12\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0")
    icc = (0xE2, b"ICC_PROFILE\0\1\1broken")
    gray = saved(smooth, "JPEG", quality=90)
    found, rest = segments(gray)
    put("jpeg-gray-metadata.jpg", joined([found[0], exif, icc, (0xFE, b"a comment")] + found[1:], rest + b"trailing bytes\xff\xd8"))
    assert np.array_equal(pillow_gray(gray), np.load(OUT / "jpeg-gray-metadata.jpg.gray.npy"))

    (OUT / "jpeg-cmyk.jpg").write_bytes(saved(Image.fromarray(colour).convert("CMYK"), "JPEG"))
    found, rest = segments((OUT / "jpeg-cmyk.jpg").read_bytes())
    found = [(k, c[:-1] + b"\2" if k == 0xEE else c) for k, c in found]
    (OUT / "jpeg-ycck.jpg").write_bytes(joined(found, rest))


# TIFF, with a small writer for what Pillow does not write -----------------------------------------


def tiff(rows, columns, bits, photometric, strips, order="<", compression=1, rows_per_strip=None, tile=None, extra=None, big=False, without=(), strip_tags=False):
    """One image file directory over ready-made strips or tiles."""
    entries = {
        256: ("I", [columns]),
        257: ("I", [rows]),
        258: ("H", bits),
        259: ("H", [compression]),
        262: ("H", [photometric]),
        277: ("H", [len(bits)]),
    }
    if tile:
        entries[322], entries[323] = ("I", [tile[1]]), ("I", [tile[0]])
        places, counts = (273, 279) if strip_tags else (324, 325)
    else:
        entries[278] = ("I", [rows_per_strip or rows])
        places, counts = 273, 279
    entries[places] = ("I", [0] * len(strips))
    entries[counts] = ("I", [len(s) for s in strips])
    entries.update(extra or {})
    wide = 8 if big else 4
    start = 16 if big else 8
    at = start + (8 if big else 2) + (20 if big else 12) * (len(entries) - len(without)) + wide
    entries = {tag: value for tag, value in entries.items() if tag not in without}
    long_values = {}
    for tag, (kind, values) in sorted(entries.items()):
        size = struct.calcsize(kind) * len(values)
        if size > wide:
            long_values[tag] = at
            at += size + size % 2
    offsets = []
    for strip in strips:
        offsets.append(at)
        at += len(strip)
    entries[places] = ("I", offsets)
    out = b"II" if order == "<" else b"MM"
    out += struct.pack(order + "HHHQQ", 43, 8, 0, start, len(entries)) if big else struct.pack(order + "HIH", 42, start, len(entries))
    tail = b""
    for tag, (kind, values) in sorted(entries.items()):
        content = struct.pack(order + kind * len(values), *values)
        out += struct.pack(order + ("HHQ" if big else "HHI"), tag, {"B": 1, "H": 3, "I": 4, "h": 8, "i": 9, "Q": 16}[kind], len(values))
        if tag in long_values:
            out += struct.pack(order + ("Q" if big else "I"), long_values[tag])
            tail += content + b"\0" * (len(content) % 2)
        else:
            out += content.ljust(wide, b"\0")
    return out + bytes(wide) + tail + b"".join(strips)


def lzw_lowest_bits_first(data):
    """LZW as TIFF had it before 6.0: as in GIF, with codes of 9 bits at first."""
    table, width, codes = {}, 9, []

    def clear():
        table.clear()
        table.update({bytes([i]): i for i in range(256)})

    clear()
    codes.append((256, 9))
    word = b""
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        codes.append((table[word], width))
        table[longer] = len(table) + 2
        if len(table) + 2 > 1 << width:
            width += 1
        word = bytes([byte])
        if len(table) + 2 == 4095:
            codes.append((table[word], width))
            codes.append((256, width))
            clear()
            width, word = 9, b""
    if word:
        codes.append((table[word], width))
    codes.append((257, width))
    bits = held = 0
    out = bytearray()
    for code, size in codes:
        bits |= code << held
        held += size
        while held >= 8:
            out.append(bits & 255)
            bits >>= 8
            held -= 8
    return bytes(out) + bytes([bits & 255])


def packed_bits(samples, depth):
    out = b""
    for row in samples:
        bits = "".join(format(int(v), "0%db" % depth) for v in row.ravel())
        bits += "0" * (-len(bits) % 8)
        out += bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return out


def make_tiff():
    for name, compression in (("raw", "raw"), ("lzw", "tiff_lzw"), ("deflate", "tiff_adobe_deflate"), ("pkzip", "tiff_deflate"), ("packbits", "packbits")):
        put("tiff-gray8-%s.tif" % name, saved(gray8, "TIFF", compression=compression))
        put("tiff-gray16-%s.tif" % name, saved(Image.frombytes("I;16", (W, H), gray16.astype("<u2").tobytes()), "TIFF", compression=compression), gray16)
        put("tiff-rgb8-%s.tif" % name, saved(rgb8, "TIFF", compression=compression))
    image = Image.fromarray(gray8, "P")
    image.putpalette(palette.tobytes())
    put("tiff-palette8.tif", saved(image, "TIFF"))
    put("tiff-palette8-lzw.tif", saved(image, "TIFF", compression="tiff_lzw"))
    bilevel = Image.fromarray(gray8 > 127)
    put("tiff-gray1.tif", saved(bilevel, "TIFF"))
    put("tiff-gray1-packbits.tif", saved(bilevel, "TIFF", compression="packbits"))
    put("tiff-gray1-group4.tif", saved(bilevel, "TIFF", compression="group4"))
    put("tiff-rgba8.tif", saved(np.dstack([rgb8, alpha8]), "TIFF"))
    put("tiff-gray-alpha8.tif", saved(np.dstack([gray8, alpha8]), "TIFF", "LA"))
    put("tiff-gray8-predictor.tif", saved(gray8, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
    put("tiff-gray16-predictor.tif", saved(Image.frombytes("I;16", (W, H), gray16.astype("<u2").tobytes()), "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2}), gray16)
    put("tiff-rgb8-predictor.tif", saved(rgb8, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
    (OUT / "tiff-gray8-orientation.tif").write_bytes(saved(gray8, "TIFF", tiffinfo={274: 6}))

    whole = lambda a: [a.tobytes()]
    rows_of = lambda a, n: [a[i : i + n].tobytes() for i in range(0, len(a), n)]
    put("tiff-gray8-strips-big-endian.tif", tiff(H, W, [8], 1, rows_of(gray8, 4), ">", rows_per_strip=4), gray8)
    put("tiff-gray16-strips-big-endian.tif", tiff(H, W, [16], 1, rows_of(gray16.astype(">u2"), 4), ">", rows_per_strip=4), gray16)
    put("tiff-gray8-white-is-zero.tif", tiff(H, W, [8], 0, whole(gray8)), 255 - gray8)
    # Pillow leaves 16 bits of WhiteIsZero as they are; we turn them round as it does 8 bits.
    put("tiff-gray16-white-is-zero.tif", tiff(H, W, [16], 0, whole(gray16)), 65535 - gray16)
    bits = (gray8 > 127).astype(np.uint8)
    put("tiff-gray1-white-is-zero.tif", tiff(H, W, [1], 0, [packed_bits(bits, 1)]), (255 - 255 * bits).astype(np.uint8))
    put("tiff-gray4.tif", tiff(H, W, [4], 1, [packed_bits(gray8 >> 4, 4)]), ((gray8 >> 4) * 17).astype(np.uint8))
    put("tiff-gray4-white-is-zero.tif", tiff(H, W, [4], 0, [packed_bits(gray8 >> 4, 4)]), (255 - (gray8 >> 4) * 17).astype(np.uint8))
    put("tiff-gray2.tif", tiff(H, W, [2], 1, [packed_bits(gray8 >> 6, 2)]), ((gray8 >> 6) * 85).astype(np.uint8))
    four = palette[:16]
    colours = {320: ("H", [int(v) * 257 for v in four.T.ravel()])}
    put("tiff-palette4.tif", tiff(H, W, [4], 3, [packed_bits(gray8 >> 4, 4)], extra=colours), luma(four[gray8 >> 4]))
    put("tiff-rgb16.tif", tiff(H, W, [16] * 3, 2, whole(rgb16)), luma(rgb16 >> 8))
    put("tiff-rgb8-planar.tif", tiff(H, W, [8] * 3, 2, whole(np.moveaxis(rgb8, 2, 0)[0]) + whole(np.moveaxis(rgb8, 2, 0)[1]) + whole(np.moveaxis(rgb8, 2, 0)[2]), extra={284: ("H", [2])}), luma(rgb8))

    def tiles(a):
        wide = np.zeros((16, 32) + a.shape[2:], a.dtype)
        wide[:H, :W] = a
        return [wide[:, 0:16].tobytes(), wide[:, 16:32].tobytes()]

    put("tiff-gray8-tiles.tif", tiff(H, W, [8], 1, tiles(gray8), tile=(16, 16)), gray8)
    put("tiff-gray16-tiles.tif", tiff(H, W, [16], 1, tiles(gray16), tile=(16, 16)), gray16)
    put("tiff-rgb8-tiles.tif", tiff(H, W, [8] * 3, 2, tiles(rgb8), tile=(16, 16)), luma(rgb8))
    # Associated alpha: the colour is already composed on black.
    put("tiff-rgba8-associated.tif", tiff(H, W, [8] * 4, 2, whole(np.dstack([rgb8, alpha8])), extra={338: ("H", [1])}), luma(rgb8))
    put("tiff-rgbx8.tif", tiff(H, W, [8] * 4, 2, whole(np.dstack([rgb8, alpha8])), extra={338: ("H", [0])}), luma(rgb8))
    two = io.BytesIO()
    Image.fromarray(gray8).save(two, "TIFF", save_all=True, append_images=[Image.fromarray(255 - gray8)])
    put("tiff-gray8-two-pages.tif", two.getvalue(), gray8)
    make_irregular_tiff(tiles, whole, rows_of)
    (OUT / "tiff-cmyk.tif").write_bytes(saved(Image.fromarray(rgb8).convert("CMYK"), "TIFF"))
    (OUT / "tiff-float32.tif").write_bytes(saved(gray8.astype(np.float32), "TIFF"))
    (OUT / "tiff-int32.tif").write_bytes(saved(gray8.astype(np.int32), "TIFF"))


def make_irregular_tiff(tiles, whole, rows_of):
    """What breaks a rule of TIFF 6.0, or is of a kind that came after it, and is read all the same."""
    gray12 = (gray16 >> 4).astype(np.uint16)
    put("tiff-gray12.tif", tiff(H, W, [12], 1, [packed_bits(gray12, 12)]), gray12)
    put("tiff-gray12-white-is-zero.tif", tiff(H, W, [12], 0, [packed_bits(gray12, 12)]), 4095 - gray12)
    put("tiff-gray8-bigtiff.tif", tiff(H, W, [8], 1, rows_of(gray8, 4), rows_per_strip=4, big=True), gray8)
    put("tiff-rgb8-bigtiff-big-endian.tif", tiff(H, W, [8] * 3, 2, whole(rgb8), ">", big=True), luma(rgb8))
    put("tiff-gray8-tiles-in-strip-tags.tif", tiff(H, W, [8], 1, tiles(gray8), tile=(16, 16), strip_tags=True), gray8)
    put("tiff-gray8-no-byte-counts.tif", tiff(H, W, [8], 1, rows_of(gray8, 4), rows_per_strip=4, without=(279,)), gray8)
    put("tiff-gray8-byte-counts-0.tif", tiff(H, W, [8], 1, rows_of(gray8, 4), rows_per_strip=4, extra={279: ("I", [0] * 4)}), gray8)
    put("tiff-gray8-byte-counts-beyond.tif", tiff(H, W, [8], 1, rows_of(gray8, 4), rows_per_strip=4, extra={279: ("I", [1 << 30] * 4)}), gray8)
    packed = [zlib.compress(strip) for strip in rows_of(gray8, 4)]
    put("tiff-gray8-deflate-no-byte-counts.tif", tiff(H, W, [8], 1, packed, compression=8, rows_per_strip=4, without=(279,)), gray8)
    packed = [lzw_lowest_bits_first(strip) for strip in rows_of(gray8, 4)]
    put("tiff-gray8-old-lzw.tif", tiff(H, W, [8], 1, packed, compression=5, rows_per_strip=4), gray8)
    noise = np.random.default_rng(1).integers(0, 256, (80, 90)).astype(np.uint8)
    put("tiff-gray8-old-lzw-long.tif", tiff(80, 90, [8], 1, [lzw_lowest_bits_first(noise.tobytes())], compression=5), noise)
    put("tiff-gray8-signed-types.tif", tiff(H, W, [8], 1, whole(gray8), extra={256: ("i", [W]), 257: ("h", [H])}), gray8)
    put("tiff-gray8-undefined-format.tif", tiff(H, W, [8], 1, whole(gray8), extra={339: ("H", [4])}), gray8)
    put("tiff-rgba8-all-transparent.tif", tiff(H, W, [8] * 4, 2, whole(np.dstack([rgb8, 0 * alpha8])), extra={338: ("H", [2])}), luma(rgb8))
    Y, X = np.mgrid[0:45, 0:67]
    smooth = (127 + 100 * np.sin(X / 9) * np.cos(Y / 7)).astype(np.uint8)
    colour = np.stack([smooth, np.roll(smooth, 9, 1), 255 - smooth], -1)
    put("tiff-gray8-jpeg.tif", saved(smooth, "TIFF", compression="jpeg", tiffinfo={278: 16}))
    put("tiff-rgb8-jpeg.tif", saved(colour, "TIFF", compression="jpeg"))
    put("tiff-ycbcr8-jpeg.tif", saved(Image.fromarray(colour).convert("YCbCr"), "TIFF", compression="jpeg"))


# BMP and GIF -------------------------------------------------------------------------------------


def bmp(rows, columns, bits, body, compression=0, masks=b"", height=None, header=40):
    size = 14 + header + (len(masks) if header == 40 else 0)
    info = struct.pack("<IiiHHIIiiII", header, columns, height or rows, 1, bits, compression, len(body), 2835, 2835, 0, 0)
    info += masks.ljust(header - 40, b"\0") if header > 40 else masks
    return b"BM" + struct.pack("<IHHI", size + len(body), 0, 0, size) + info + body


def make_bmp():
    put("bmp-gray8.bmp", saved(gray8, "BMP"))
    image = Image.fromarray(gray8, "P")
    image.putpalette(palette.tobytes())
    put("bmp-palette8.bmp", saved(image, "BMP"))
    put("bmp-gray1.bmp", saved(Image.fromarray(gray8 > 127), "BMP"))
    put("bmp-rgb24.bmp", saved(rgb8, "BMP"))
    four = b"".join(bytes([b, g, r, 0]) for r, g, b in palette[:16].tolist())
    body = b"".join(packed_bits(row[None], 4).ljust(12, b"\0") for row in (gray8 >> 4)[::-1])
    data = bmp(H, W, 4, body, masks=four)
    data = data[:46] + struct.pack("<I", 16) + data[50:]
    put("bmp-palette4.bmp", data, luma(palette[:16][gray8 >> 4]))
    # The fourth byte of plain 32-bit BMP is padding (BITMAPINFOHEADER: not used).
    bgrx = np.dstack([rgb8[..., ::-1], alpha8])
    put("bmp-rgb32.bmp", bmp(H, W, 32, bgrx[::-1].tobytes()), luma(rgb8))
    put("bmp-rgb32-top-down.bmp", bmp(H, W, 32, bgrx.tobytes(), height=-H), luma(rgb8))
    top = np.pad(rgb8[..., ::-1].reshape(H, -1), ((0, 0), (0, -W * 3 % 4)))
    put("bmp-rgb24-top-down.bmp", bmp(H, W, 24, top.tobytes(), height=-H), luma(rgb8))
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    nothing = np.dstack([rgb8[..., ::-1], 0 * alpha8])
    put("bmp-rgba32-all-transparent.bmp", bmp(H, W, 32, nothing[::-1].tobytes(), 3, masks, header=108), luma(rgb8))
    put("bmp-rgba32-v5.bmp", bmp(H, W, 32, bgrx[::-1].tobytes(), 3, masks, header=124), on_black(luma(rgb8), alpha8))
    rgb565 = ((rgb8[..., 0] >> 3).astype(np.uint16) << 11) | ((rgb8[..., 1] >> 2).astype(np.uint16) << 5) | (rgb8[..., 2] >> 3)
    body = np.pad(rgb565, ((0, 0), (0, 1)))[::-1].astype("<u2").tobytes()
    (OUT / "bmp-rgb565.bmp").write_bytes(bmp(H, W, 16, body, 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    body = b"".join(b"".join(bytes([1, v]) for v in row.tolist()) + b"\0\0" for row in gray8[::-1]) + b"\0\1"
    table = b"".join(bytes([b, g, r, 0]) for r, g, b in palette.tolist())
    put("bmp-rle8.bmp", bmp(H, W, 8, body, 1, table), luma(palette[gray8]))


def make_gif():
    put("gif-gray.gif", saved(gray8, "GIF"), gray8)
    image = Image.fromarray(gray8, "P")
    image.putpalette(palette.tobytes())
    put("gif-palette.gif", saved(image, "GIF", interlace=0), luma(palette[gray8]))
    put("gif-palette-interlaced.gif", saved(image, "GIF", interlace=1), luma(palette[gray8]))
    key = int(gray8[5, 5])
    put("gif-transparent.gif", saved(image, "GIF", transparency=key), np.where(gray8 == key, 0, luma(palette[gray8])).astype(np.uint8))
    second = Image.fromarray(255 - gray8, "P")
    second.putpalette(palette.tobytes())
    put("gif-two-frames.gif", saved(image, "GIF", save_all=True, append_images=[second]), luma(palette[gray8]))
    # A first frame smaller than its screen: what it leaves uncovered is transparent, so black.
    data = bytearray(saved(image, "GIF"))
    data[6:10] = struct.pack("<HH", W + 3, H + 2)
    at = data.index(b",\0\0\0\0")
    data[at + 1 : at + 5] = struct.pack("<HH", 2, 1)
    screen = np.zeros((H + 2, W + 3), np.uint8)
    screen[1 : 1 + H, 2 : 2 + W] = luma(palette[gray8])
    put("gif-small-frame.gif", bytes(data), screen)


def contradictions():
    for path in sorted(OUT.glob("*.gray.npy")):
        ours = np.load(path)
        data = path.with_name(path.name[:-9]).read_bytes()
        try:
            theirs = pillow_gray(data)
        except Exception as e:
            print(path.name, "Pillow:", repr(e)[:100])
            continue
        if ours.shape != theirs.shape or not np.array_equal(ours, theirs):
            print(path.name, "differs from Pillow", ours.dtype, theirs.dtype, ours.shape, theirs.shape)


def originals(folder):
    lines = ["# file, rows, columns and the SHA-256 of Pillow's gray bytes; made by radiograph_files.py"]
    for path in sorted(pathlib.Path(folder).glob("*/*.*")):
        image = Image.open(path)
        if image.mode == "RGBA":
            rgba = np.array(image)
            gray = on_black(np.array(image.convert("L")), rgba[..., 3])
        else:
            gray = np.array(image.convert("L"))
        lines.append(
            "%s/%s %d %d %s"
            % (path.parent.name, path.name, *gray.shape, hashlib.sha256(gray.tobytes()).hexdigest())
        )
    (OUT / "originals.txt").write_text("\n".join(lines) + "\n")


if len(sys.argv) > 1:
    originals(sys.argv[1])
else:
    make_png()
    make_jpeg()
    make_tiff()
    make_bmp()
    make_gif()
    contradictions()
