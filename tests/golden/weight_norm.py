#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The arrays of tests/policies/weight_norm.cpp, by torch.nn.utils.weight_norm.

python3 tests/golden/weight_norm.py   (needs python3-torch; recorded with 1.13.1)

A convolution of 2 > 3 channels with a kernel of 1 x 2 x 2 in double: its output, the gradients of sum(y * grad_y), and
weight and gain after four steps of SGD with momentum and decay on that sum.
"""
import torch
from torch.nn.utils import weight_norm


def numbers(count, factor, *shape):
    """(i * factor mod 64 - 31.5) / 32 for i = 0, 1, ...: exact, and in the test alike."""
    return torch.tensor([(i * factor % 64 - 31.5) / 32 for i in range(count)], dtype=torch.float64).reshape(shape)


def show(name, values):
    print(f"constexpr double {name}[] = {{" + ", ".join(repr(float(v)) for v in values.detach().flatten()) + "};")


conv = weight_norm(torch.nn.Conv3d(2, 3, (1, 2, 2), bias=False, dtype=torch.float64), dim=0)
with torch.no_grad():
    conv.weight_v.copy_(numbers(24, 37, 3, 2, 1, 2, 2))
    conv.weight_g.copy_(torch.tensor([0.5, -1.25, 2.0], dtype=torch.float64).reshape(3, 1, 1, 1, 1))
x, grad_y = numbers(18, 29, 1, 2, 1, 3, 3), numbers(12, 23, 1, 3, 1, 2, 2)

y = conv(x)
show("y", y)
(y * grad_y).sum().backward()
show("grad_weight", conv.weight_v.grad)
show("grad_gain", conv.weight_g.grad)

optimiser = torch.optim.SGD(conv.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
for _ in range(4):
    optimiser.zero_grad()
    (conv(x) * grad_y).sum().backward()
    optimiser.step()
show("weight_after", conv.weight_v)
show("gain_after", conv.weight_g)
