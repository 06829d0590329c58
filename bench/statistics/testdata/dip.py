# The dip of small samples by linear programming, straight from its definition: for each place of the mode, the least
# distance d of a function that is convex before the mode, concave behind it, may step at it, and is within d of the
# sample's distribution function from both sides at every value.
import numpy
from scipy.optimize import linprog


def least_distance(at, below, up_to, mode):
    m = len(at)
    # Variables: heights just before each place, heights at it (equal but at the mode), d.
    before, after, d = list(range(m)), list(range(m, 2 * m)), 2 * m
    rows, limits, equal_rows = [], [], []

    def atmost(terms, limit):
        row = numpy.zeros(2 * m + 1)
        for variable, factor in terms:
            row[variable] += factor
        rows.append(row)
        limits.append(limit)

    for i in range(m):
        if i != mode:
            row = numpy.zeros(2 * m + 1)
            row[before[i]], row[after[i]] = 1, -1
            equal_rows.append(row)
        atmost([(before[i], 1), (d, -1)], below[i])
        atmost([(before[i], -1), (d, -1)], -below[i])
        atmost([(after[i], 1), (d, -1)], up_to[i])
        atmost([(after[i], -1), (d, -1)], -up_to[i])
        atmost([(before[i], 1), (after[i], -1)], 0)
    for i in range(m - 1):
        atmost([(after[i], 1), (before[i + 1], -1)], 0)
    for i in range(m - 2):
        if i + 2 <= mode or i >= mode:
            first, second = at[i + 1] - at[i], at[i + 2] - at[i + 1]
            sign = 1 if i + 2 <= mode else -1
            middle_left = before[i + 1]
            middle_right = after[i + 1]
            start = after[i]
            end = before[i + 2]
            # slope before the middle is not above the slope behind it, times both widths
            atmost([(middle_left, sign * second), (start, -sign * second), (end, -sign * first), (middle_right, sign * first)], 0)
    cost = numpy.zeros(2 * m + 1)
    cost[d] = 1
    found = linprog(cost, A_ub=numpy.array(rows), b_ub=limits, A_eq=numpy.array(equal_rows) if equal_rows else None,
                    b_eq=numpy.zeros(len(equal_rows)) if equal_rows else None,
                    bounds=[(0, 1)] * (2 * m) + [(0, 1)], method="highs")
    assert found.status == 0, found.message
    return found.fun


def dip(values):
    at, counts = numpy.unique(values, return_counts=True)
    up_to = numpy.cumsum(counts) / len(values)
    below = up_to - counts / len(values)
    return max(1 / (2 * len(values)), min(least_distance(at, below, up_to, mode) for mode in range(len(at))))


print("# python3 bench/statistics/testdata/dip.py")
print("kind,values,dip")
random = numpy.random.default_rng(7)
kinds = {
    "two": [1, 2], "three": [1, 2, 10], "equal": [5, 5, 5, 5], "two points": [1, 1, 1, 2, 2, 2], "far apart": [1, 2, 3, 11, 12, 13],
    "three groups": [1, 1.1, 1.3, 5, 5.1, 5.3, 9, 9.2, 9.3], "steps": [1, 2, 2, 3, 3, 3, 4, 4, 5, 9, 9],
}
for n in [8, 15, 25, 40]:
    kinds[f"uniform {n}"] = random.uniform(size=n).round(3)
    kinds[f"normal {n}"] = random.normal(10, 1, size=n).round(3)
    kinds[f"lognormal {n}"] = random.lognormal(0, 1, size=n).round(3)
    kinds[f"bimodal {n}"] = numpy.where(random.uniform(size=n) < 0.5, random.normal(0, 1, size=n), random.normal(5, 1, size=n)).round(3)
    kinds[f"ties {n}"] = random.integers(0, 9, size=n)
for kind, values in kinds.items():
    print(f"{kind},{' '.join(f'{v:g}' for v in numpy.sort(values))},{dip(numpy.array(values, dtype=float)):.12g}")
