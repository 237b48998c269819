"""Writes matplotlib's 256 colours of each map: the truth for io.cxr.explain.Colormap.

Run from the module's folder with Debian's python3-matplotlib:
    python3 src/test/python/colormaps.py
"""

import pathlib

import numpy as np
from matplotlib import cm

OUT = pathlib.Path("src/test/resources/io/cxr/explain/colormaps.csv")

if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    names = ["jet", "viridis", "inferno", "gray", "cividis"]
    tables = [cm.get_cmap(name)(np.arange(256), bytes=True)[:, :3] for name in names]
    with OUT.open("w") as out:
        out.write("level," + ",".join(names) + "\n")
        for level in range(256):
            colours = ("%02x%02x%02x" % tuple(table[level]) for table in tables)
            out.write(f"{level}," + ",".join(colours) + "\n")
