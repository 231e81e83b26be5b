#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Seconds that PyTorch takes for a training step of a constrained layer: the peer of bench_step.

    python3 pytorch.py <prior> <channels> <size> <seconds>

A step is what a program runs: the constraint, forward, backward of the weight and of the input, an SGD step, gradients
to zero; one thread, float. Prints the median in seconds and PyTorch's version. The layers are those of public code, by
their definitions; under cap_lipschitz, spectral_norm.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def standardized(w):
    centred = w - w.mean(dim=(1, 2, 3, 4), keepdim=True)
    return centred / (centred.flatten(1).std(dim=1) + 1e-5)[:, None, None, None, None]


def masked_b(w):
    mask = torch.ones_like(w)
    mask[:, :, 2:] = 0
    mask[:, :, 1, 2:] = 0
    mask[:, :, 1, 1, 2:] = 0
    return mask


def behind(w):
    mask = torch.ones_like(w)
    mask[:, :, 2:] = 0
    return mask


def central_difference(x, w):
    difference = w[:, :, 0].sum(dim=(2, 3)) + w[:, :, 2].sum(dim=(2, 3))
    return F.conv3d(x, w, padding=1) - 0.6 * F.conv3d(x, difference[:, :, None, None, None])


def layer_of(prior, w):
    """forward(x), with what a layer keeps made once."""
    if prior == "standardize":
        return lambda x: F.conv3d(x, standardized(w), padding=1)
    if prior == "central_difference":
        return lambda x: central_difference(x, w)
    if prior == "cap_lipschitz":  # the nearest that there is: it normalises, and by another norm
        layer = torch.nn.Conv3d(w.shape[1], w.shape[0], 3, padding=1, bias=False)
        layer.weight = w
        return torch.nn.utils.parametrizations.spectral_norm(layer)
    if prior in ("masked", "causal"):
        mask = (masked_b if prior == "masked" else behind)(w.detach())
        return lambda x: F.conv3d(x, w * mask, padding=1)
    raise SystemExit("pytorch.py: no prior of the name " + prior)


def main():
    prior, channels, size, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    w = torch.nn.Parameter(0.05 * torch.randn(channels, channels, 3, 3, 3))
    x = torch.randn(1, channels, size, size, size, requires_grad=True)
    grad_y = torch.randn(1, channels, size, size, size)
    forward = layer_of(prior, w)
    parameters = forward.parameters() if isinstance(forward, torch.nn.Module) else [w]
    optimiser = torch.optim.SGD(parameters, lr=1e-4)

    def step():
        forward(x).backward(grad_y)
        optimiser.step()
        optimiser.zero_grad()
        x.grad = None

    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(statistics.median(times), torch.__version__)


if __name__ == "__main__":
    main()
