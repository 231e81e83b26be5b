#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the cases border_*: a convolution of a padded input, in double precision with PyTorch and its autograd.

    python3 tests/golden/borders.py    (Debian: python3-torch)

The padding of an axis is numpy.pad's index of each side. Where PyTorch has the mode, torch.nn.functional.pad of the whole
volume must give the same, and scipy's names for the modes stand beside numpy's in docs/edges.md.
"""
import json
import os

import numpy
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
NUMPY = dict(replicate="edge", reflect="reflect", symmetric="symmetric", circular="wrap")


def padded_axis(x, axis, before, after, modes):
    """One axis with its two sides; zeros are zeros."""
    size = x.shape[axis]
    for start, count, mode in ((True, before, modes[0]), (False, after, modes[1])):
        if count == 0:
            continue
        if mode == "zeros":
            shape = list(x.shape)
            shape[axis] = count
            part = torch.zeros(shape, dtype=x.dtype)
        else:
            index = numpy.pad(numpy.arange(size), (count, count), mode=NUMPY[mode])
            index = index[:count] if start else index[-count:]
            # Of the axis itself: what was padded before it stands in front.
            part = x.index_select(axis, torch.from_numpy(index + (0 if start or before == 0 else before)))
        x = torch.cat([part, x] if start else [x, part], dim=axis)
    return x


def case(name, boundary, padding, size, **options):
    c = dict(in_channels=2, out_channels=3, kernel_size=[3, 3, 3], stride=[1, 1, 1], dilation=[1, 1, 1], groups=1)
    c.update(options)
    torch.manual_seed(sum(map(ord, name)))
    shape = [c["out_channels"], c["in_channels"] // c["groups"], *c["kernel_size"]]
    x = torch.randn(2, c["in_channels"], *size, dtype=torch.float64, requires_grad=True)
    w = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    b = torch.randn(c["out_channels"], dtype=torch.float64, requires_grad=True)
    wide = x
    for axis in range(3):
        wide = padded_axis(wide, axis + 2, *padding[axis], boundary[axis])
    modes = {mode for sides in boundary for mode in sides}
    if len(modes) == 1 and modes <= {"replicate", "reflect", "circular"}:
        sides = [n for axis in reversed(padding) for n in axis]
        assert torch.equal(wide, F.pad(x, sides, mode=modes.pop()))
    y = F.conv3d(wide, w, b, c["stride"], 0, c["dilation"], c["groups"])
    grad_y = torch.randn_like(y)
    y.backward(grad_y)
    arrays = dict(x=x, weight=w, constrained_weight=w, bias=b, y=y, grad_y=grad_y, grad_x=x.grad, grad_weight=w.grad,
                  grad_bias=b.grad)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    for array, value in arrays.items():
        numpy.save(os.path.join(folder, array + ".npy"), value.detach().numpy())
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(dict(name=name, **c, padding=padding, boundary=boundary, dtype="float64"), f, indent=1)


if __name__ == "__main__":
    one = [[1, 1]] * 3
    for mode in ("replicate", "reflect", "symmetric", "circular"):
        case("border_" + mode, [[mode, mode]] * 3, one, (3, 4, 5))
        case("border_%s_strided" % mode, [[mode, mode]] * 3, [[1, 0], [0, 2], [3, 1]], (3, 4, 5), in_channels=4,
             kernel_size=[2, 3, 4], stride=[1, 2, 1], dilation=[1, 1, 2], groups=2, out_channels=4)
    case("border_mixed", [["circular", "circular"], ["zeros", "reflect"], ["symmetric", "replicate"]], one, (3, 4, 5))
    case("border_causal", [["replicate", "replicate"], ["zeros", "zeros"], ["reflect", "reflect"]],
         [[4, 0], [1, 1], [1, 1]], (4, 3, 5), dilation=[2, 1, 1])
