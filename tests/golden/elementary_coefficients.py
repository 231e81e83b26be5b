#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The coefficients of dsl/espalier/elementary_coefficients.hpp, and how far each polynomial is from its function.

python3 tests/golden/elementary_coefficients.py   (needs python3-mpmath)

Each is the polynomial of least weighted maximal error, found by Remez' exchange in 60 digits, then rounded to float or
double coefficient by coefficient. The error that is printed is that of the rounded polynomial, evaluated exactly, in
units of the last place of 1 (2^-23 or 2^-52); the weight makes it the error relative to the function's value.
"""
from mpmath import mp, mpf, matrix, lu_solve, cos, pi, exp, log, tanh, sqrt, taylor

mp.dps = 60


def evaluate(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def remez(function, weight, low, high, degree, rounds=12):
    """The polynomial p of the degree for which max |(p - function) * weight| over [low, high] is least."""
    count = degree + 2
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    coefficients = []
    for _ in range(rounds):
        system, wanted = matrix(count, count), matrix(count, 1)
        for row, x in enumerate(nodes):
            for power in range(degree + 1):
                system[row, power] = x**power
            system[row, degree + 1] = (-1)**row / weight(x)
            wanted[row] = function(x)
        solution = lu_solve(system, wanted)
        coefficients = [solution[i] for i in range(degree + 1)]
        nodes = extremes(lambda x: (evaluate(coefficients, x) - function(x)) * weight(x), low, high, count)
    return coefficients


def extremes(error, low, high, count):
    """The largest deviation between each two changes of sign."""
    steps = 60 * count
    grid = [low + (high - low) * i / steps for i in range(steps + 1)]
    values = [error(x) for x in grid]
    found = [0]
    for i in range(1, steps + 1):
        if values[i] * values[found[-1]] < 0:
            found.append(i)
        elif abs(values[i]) > abs(values[found[-1]]):
            found[-1] = i
    while len(found) > count:
        found.pop(0 if abs(values[found[0]]) < abs(values[found[-1]]) else -1)
    assert len(found) == count, "the exchange lost an extreme"
    result = []
    for i in found:  # the top of the parabola through three points
        if i in (0, steps):
            result.append(grid[i])
            continue
        a, b, c = values[i - 1], values[i], values[i + 1]
        curvature = a - 2 * b + c
        result.append(grid[i] if curvature == 0 else grid[i] + (grid[1] - grid[0]) * (a - c) / (2 * curvature))
    return result


def rounded(x, bits):
    """The nearest number of so many bits."""
    if x == 0:
        return x
    exponent = int(mp.floor(mp.log(abs(x), 2)))
    unit = mpf(2)**(exponent - bits + 1)
    return mp.nint(x / unit) * unit


def hexadecimal(x, bits):
    return float(x).hex() if bits <= 53 else str(x)


def show(name, coefficients, bits):
    suffix = "F" if bits == 24 else ""
    print(f"  {name}: " + ", ".join(hexadecimal(c, bits) + suffix for c in coefficients))


# name, function, weight, ends, degree in float, degree in double
def by_series(function, around, threshold):
    """`function`, and near 0, where it is a difference of equal numbers, the series `around`."""
    return lambda x: evaluate(around, x) if abs(x) < threshold else function(x)


exp_series = [1 / mp.factorial(k + 2) for k in range(30)]
log_series = [mpf(2) / (2 * k + 3) for k in range(40)]
tanh_series = [-t for t in taylor(tanh, 0, 81)[3::2]]

polynomials = [
    # (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2
    ("exponential", by_series(lambda r: (exp(r) - 1 - r) / r**2, exp_series, mpf("0.01")),
     lambda r: r**2 + mpf(10)**-9, -mpf("0.34658"), mpf("0.34658"), 4, 9),
    # (log((1 + s) / (1 - s)) - 2 s) / s^3 as a polynomial in s^2, for |s| <= 0.2
    ("logarithm", by_series(lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) - 2 * sqrt(z)) / sqrt(z)**3, log_series,
                            mpf("0.0001")), lambda z: (z + mpf(10)**-9) / 2, mpf(0), mpf("0.0401"), 3, 7),
    # (x - tanh(x)) / x^3 as a polynomial in x^2, for |x| <= 1
    ("hyperbolic tangent", by_series(lambda z: (sqrt(z) - tanh(sqrt(z))) / sqrt(z)**3, tanh_series, mpf("0.0001")),
     lambda z: (z + mpf(10)**-9) * sqrt(z) / tanh(sqrt(z)) if z > 0 else mpf(10)**-9, mpf(0), mpf(1), 7, 15),
]

for name, function, weight, low, high, *degrees in polynomials:
    for bits, degree in zip((24, 53), degrees):
        coefficients = [rounded(c, bits) for c in remez(function, weight, low, high, degree)]
        points = [low + (high - low) * i / 3000 for i in range(3001)]
        error = max(abs((evaluate(coefficients, x) - function(x)) * weight(x)) for x in points)
        print(f"{name}, {bits} bits: error {mp.nstr(error * mpf(2)**(bits - 1), 3)} units in the last place of 1")
        show("coefficients, lowest power first", coefficients, bits)

# ln(2) = high + low, where the products of high with the exponents of a result are exact.
for bits, exponent_bits in ((24, 8), (53, 11)):
    high = rounded(log(mpf(2)), bits - exponent_bits)
    show(f"ln 2 in two parts, {bits} bits", [high, rounded(log(mpf(2)) - high, bits)], bits)
    show(f"1 / ln 2, {bits} bits", [rounded(1 / log(mpf(2)), bits)], bits)
