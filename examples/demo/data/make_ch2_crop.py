#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cuts a box out of a single-file NIfTI-1 volume of uint8 voxels and moves its origin along.

Usage: make_ch2_crop.py /usr/share/mricron/templates/ch2.nii.gz ch2_crop.nii.gz
"""
import gzip
import struct
import sys

FIRST = (54, 72, 48)  # voxel (x, y, z) of the whole volume that becomes (0, 0, 0)
SIZE = (72, 88, 64)

source, target = sys.argv[1:]
with gzip.open(source) as file:
    content = file.read()
header, voxels = bytearray(content[:352]), content[352:]
nx, ny, nz = struct.unpack_from("<3h", header, 42)

rows = []
for z in range(FIRST[2], FIRST[2] + SIZE[2]):
    for y in range(FIRST[1], FIRST[1] + SIZE[1]):
        start = (z * ny + y) * nx + FIRST[0]
        rows.append(voxels[start : start + SIZE[0]])

struct.pack_into("<3h", header, 42, *SIZE)
for axis in range(3):
    at = 280 + 16 * axis  # row of the sform: x, y, z, offset
    *slope, offset = struct.unpack_from("<4f", header, at)
    offset += sum(s * f for s, f in zip(slope, FIRST))
    struct.pack_into("<4f", header, at, *slope, offset)

# No name and no time in the gzip header: the same input gives the same file.
with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
    packed.write(bytes(header) + b"".join(rows))
