#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the cases prior_*: what public layers compute, by their definitions, in double precision with PyTorch.

    python3 tests/golden/priors.py    (Debian: python3-torch)

The arrays are those of README.md; `constrained_weight` is the kernel of the one convolution that the layer amounts to.
"""
import json
import os

import numpy
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def standardized(w):
    """Weight standardisation: the mean of a filter, then torch.std, which divides by n - 1, and 1e-5 beside it."""
    centred = w - w.mean(dim=(1, 2, 3, 4), keepdim=True)
    deviation = centred.flatten(1).std(dim=1) + 1e-5
    return centred / deviation[:, None, None, None, None]


def plain(constrain):
    """One convolution with a kernel that is made of the stored one."""
    return lambda x, w, b, c: F.conv3d(x, constrain(w), b, c["stride"], c["padding"], c["dilation"], c["groups"])


def raster_mask(w, kind):
    """PixelCNN's mask along depth, height and width; kind A hides the centre too."""
    mask = torch.ones_like(w)
    kd, kh, kw = w.shape[2:]
    mask[:, :, kd // 2 + 1:] = 0
    mask[:, :, kd // 2, kh // 2 + 1:] = 0
    mask[:, :, kd // 2, kh // 2, kw // 2 + (kind == "B"):] = 0
    return mask


def planes_behind(w):
    """The planes of depth up to the middle one: frames to come are hidden."""
    mask = torch.ones_like(w)
    mask[:, :, w.shape[2] // 2 + 1:] = 0
    return mask


def central_difference(x, w, b, c, theta):
    """The temporal central difference as published: a second convolution, with a kernel of one tap and no padding.

    As published neither has a bias; where one is asked for, both get it."""
    difference = w[:, :, 0].sum(dim=(2, 3)) + w[:, :, 2].sum(dim=(2, 3))
    second = F.conv3d(x, difference[:, :, None, None, None], None, c["stride"], 0, c["dilation"], c["groups"])
    return F.conv3d(x, w, b, c["stride"], c["padding"], c["dilation"], c["groups"]) - theta * second


def folded_difference(w, theta):
    """The kernel that does the same in one convolution."""
    folded = w.clone()
    folded[:, :, 1, w.shape[3] // 2, w.shape[4] // 2] -= theta * (
        w[:, :, 0].sum(dim=(2, 3)) + w[:, :, 2].sum(dim=(2, 3)))
    return folded


def case(name, constraint, forward, kernel_of, size, **options):
    """Draws the arrays of one case, runs it forward and backward, and writes the folder."""
    c = dict(in_channels=3, out_channels=4, kernel_size=[3, 3, 3], stride=[1, 1, 1], padding=[1, 1, 1],
             dilation=[1, 1, 1], groups=1, bias=True)
    c.update(options)
    torch.manual_seed(sum(map(ord, name)))
    shape = [c["out_channels"], c["in_channels"] // c["groups"], *c["kernel_size"]]
    x = torch.randn(2, c["in_channels"], *size, dtype=torch.float64, requires_grad=True)
    w = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    b = torch.randn(c["out_channels"], dtype=torch.float64, requires_grad=True) if c["bias"] else None
    y = forward(x, w, b, c)
    grad_y = torch.randn_like(y)
    y.backward(grad_y)
    arrays = dict(x=x, weight=w, constrained_weight=kernel_of(w), y=y, grad_y=grad_y, grad_x=x.grad, grad_weight=w.grad)
    if b is not None:
        arrays.update(bias=b, grad_bias=b.grad)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    for array, value in arrays.items():
        numpy.save(os.path.join(folder, array + ".npy"), value.detach().numpy())
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(dict(name=name, **c, constraint=constraint, enforce="forward", dtype="float64"), f, indent=1)


if __name__ == "__main__":
    standard = dict(constraint="standardize", forward=plain(standardized), kernel_of=standardized)
    case("prior_standardize_k3", size=(3, 4, 5), **standard)
    case("prior_standardize_k135_groups", size=(3, 4, 6), in_channels=4, kernel_size=[1, 3, 5], padding=[0, 1, 2],
         stride=[1, 1, 2], groups=2, bias=False, **standard)
    for kind in "AB":
        masked = lambda w, kind=kind: w * raster_mask(w, kind)
        case("prior_masked_%s" % kind.lower(), "masked " + kind, plain(masked), masked, (3, 4, 5))
    behind = lambda w: w * planes_behind(w)
    case("prior_causal", "causal in depth", plain(behind), behind, (4, 3, 4), kernel_size=[5, 1, 3], padding=[2, 0, 1])
    for name, size, options in (("prior_central_difference", (4, 3, 5), dict(bias=False)),
                                ("prior_central_difference_stride", (5, 6, 5), dict(bias=False, stride=[1, 2, 2]))):
        case(name, "central difference 0.6", lambda x, w, b, c: central_difference(x, w, b, c, 0.6),
             lambda w: folded_difference(w, 0.6), size, **options)
