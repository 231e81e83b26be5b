#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Seconds that PyTorch takes for a row of bench_structure: its peer for the box and for MIND's differences.

    python3 pytorch_structure.py <box or differences> <channels> <depth> <height> <width> <dtype> <threads> <seconds>

The box as public code has it: a convolution with ones, and a mean pool with stride 1; the faster one counts. The
differences are twelve filters of 3^3 with dilation 2. Without gradients. Prints the median in seconds, PyTorch's version
and what was the fastest.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def ways(what, channels, dtype):
    if what == "box":
        ones = torch.full((channels, 1, 9, 9, 9), 1 / 729, dtype=dtype)
        yield "avg_pool3d", lambda x: F.avg_pool3d(x, 9, stride=1, padding=4)
        yield "conv3d", lambda x: F.conv3d(x, ones, padding=4, groups=channels)
    elif what == "differences":
        six = [(0, 1, 1), (2, 1, 1), (1, 0, 1), (1, 2, 1), (1, 1, 0), (1, 1, 2)]
        weight = torch.zeros(12, 1, 3, 3, 3, dtype=dtype)
        filters = iter(weight)
        for i, first in enumerate(six):
            for second in six[i // 2 * 2 + 2:]:
                one = next(filters)
                one[(0, *first)], one[(0, *second)] = 1, -1
        yield "conv3d", lambda x: F.conv3d(x, weight, padding=2, dilation=2)
    else:
        raise SystemExit("pytorch_structure.py: nothing of the name " + what)


def seconds_of(call, x, seconds):
    call(x)
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call(x)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    what, sizes, dtype = sys.argv[1], [int(size) for size in sys.argv[2:6]], getattr(torch, sys.argv[6])
    torch.set_num_threads(int(sys.argv[7]))
    torch.manual_seed(1)
    x = 2 * torch.rand(1, *sizes, dtype=dtype) - 1
    with torch.no_grad():
        fastest = min((seconds_of(call, x, float(sys.argv[8])), name) for name, call in ways(what, sizes[0], dtype))
    print(fastest[0], torch.__version__, fastest[1])


if __name__ == "__main__":
    main()
