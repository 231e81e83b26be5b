#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The arrays of tests/data/stencils, from the public definition of each stencil; tests/golden_stencils.cpp compares.

python3 tests/golden/stencils.py tests/data/stencils   (the standard library alone)

gaussian_*    scipy.ndimage: exp(-x^2 / (2 sigma^2)) along each axis, divided by its sum, cut to the kernel
sobel_*       scipy.ndimage.sobel: [-1, 0, 1] along the axis, [1, 2, 1] along the others, for a cross-correlation
derivative_*  Fornberg's recursion (Generation of finite difference formulas on arbitrarily spaced grids, 1988), exact
laplacian_*   the sum of second derivatives along the axes
affine_*      the nearest block with given moments: normal equations solved in fractions; with the block it starts from
"""
import math
import struct
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path


def write(path, shape, values):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % "".join(f"{n}, " for n in shape)
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    path.write_bytes(data + struct.pack(f"<{len(values)}d", *map(float, values)))


def fornberg(order, points):
    """Weights of derivatives 0 to `order` at 0 on the points."""
    points = [Fraction(x) for x in points]
    c = [[Fraction(0)] * (order + 1) for _ in points]
    c[0][0] = Fraction(1)
    c1 = Fraction(1)
    for i in range(1, len(points)):
        c2 = Fraction(1)
        for j in range(i):
            c3 = points[i] - points[j]
            c2 *= c3
            if j == i - 1:
                for k in range(min(i, order), -1, -1):
                    c[i][k] = c1 * ((k * c[i - 1][k - 1] if k > 0 else 0) - points[i - 1] * c[i - 1][k]) / c2
            for k in range(min(i, order), -1, -1):
                c[j][k] = (points[i] * c[j][k] - (k * c[j][k - 1] if k > 0 else 0)) / c3
        c1 = c2
    return [row[order] for row in c]


def line(order, reach, extent):
    """The weights of a derivative on 2 reach + 1 points, in the middle of an axis."""
    weights = fornberg(order, range(-reach, reach + 1)) if reach else [Fraction(1)]
    return [weights[i - extent // 2 + reach] if abs(i - extent // 2) <= reach else Fraction(0) for i in range(extent)]


def outer(d, h, w):
    return [x * y * z for x, y, z in product(d, h, w)]


def bell(sigma, extent):
    values = [math.exp(-((i - (extent - 1) / 2) ** 2) / (2 * sigma**2)) for i in range(extent)]
    return [v / math.fsum(values) for v in values]


def solve(matrix, right):
    n = len(right)
    rows = [matrix[i] + [right[i]] for i in range(n)]
    for p in range(n):
        swap = next(i for i in range(p, n) if rows[i][p] != 0)
        rows[p], rows[swap] = rows[swap], rows[p]
        rows[p] = [x / rows[p][p] for x in rows[p]]
        for i in range(n):
            if i != p:
                rows[i] = [x - rows[i][p] * y for x, y in zip(rows[i], rows[p])]
    return [row[n] for row in rows]


def nearest(block, shape, moments):
    taps = list(product(*map(range, shape)))
    rows = [[math.prod(Fraction(t[a] - shape[a] // 2) ** powers[a] for a in range(3)) for t in taps] for powers, _ in moments]
    products = [[sum(x * y for x, y in zip(r, s)) for s in rows] for r in rows]
    excess = [sum(x * y for x, y in zip(r, block)) - v for r, (_, v) in zip(rows, moments)]
    shares = solve(products, excess)
    return [x - sum(s * r[i] for s, r in zip(shares, rows)) for i, x in enumerate(block)]


def main(folder):
    folder.mkdir(exist_ok=True)
    write(folder / "gaussian_1.npy", (3, 3, 3), outer(*(bell(1, 3),) * 3))
    write(folder / "gaussian_anisotropic.npy", (3, 5, 4), outer(bell(0.5, 3), bell(1.5, 5), bell(2, 4)))
    smooth, difference = [1, 2, 1], [-1, 0, 1]
    for axis in range(3):
        write(folder / f"sobel_{axis}.npy", (3, 3, 3), outer(*(difference if a == axis else smooth for a in range(3))))
    for name, lines, shape in (
        ("w_2", ((0, 0), (0, 0), (1, 1)), (3, 3, 3)),
        ("w_4", ((0, 0), (0, 0), (1, 2)), (1, 1, 5)),
        ("ww_4", ((0, 0), (0, 0), (2, 2)), (1, 3, 5)),
        ("d_8", ((1, 4), (0, 0), (0, 0)), (9, 1, 1)),
        ("dh_2", ((1, 1), (1, 1), (0, 0)), (3, 3, 3)),
        ("hhh_2", ((0, 0), (3, 2), (0, 0)), (1, 5, 1)),
        ("dddd_4", ((4, 3), (0, 0), (0, 0)), (7, 1, 1)),
    ):
        write(folder / f"derivative_{name}.npy", shape, outer(*(line(*l, n) for l, n in zip(lines, shape))))
    for reach, extent in ((1, 3), (2, 5)):
        middle, second = line(0, 0, extent), line(2, reach, extent)
        parts = [outer(*(second if a == axis else middle for a in range(3))) for axis in range(3)]
        write(folder / f"laplacian_{2 * reach}.npy", (extent,) * 3, [sum(x) for x in zip(*parts)])
    shape = (3, 3, 3)
    block = [Fraction((i * 37 + 11) % 64 - 32, 16) for i in range(27)]
    write(folder / "affine_block.npy", shape, block)
    second = [((0, 0, 0), 0), ((1, 0, 0), 0), ((0, 1, 0), 0), ((0, 0, 1), 0), ((2, 0, 0), 2), ((0, 2, 0), 2), ((0, 0, 2), 2)]
    write(folder / "affine_first.npy", shape, nearest(block, shape, [((0, 0, 0), 0), ((0, 0, 1), 1)]))
    write(folder / "affine_laplacian.npy", shape, nearest(block, shape, second))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
