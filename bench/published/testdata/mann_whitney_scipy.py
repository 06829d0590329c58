# SciPy's test of Mann and Whitney with its method "auto": exact or normal by the samples' sizes and ties.
import numpy as np
from scipy import stats

random = np.random.default_rng(11)
print("# python3 bench/published/testdata/mann_whitney_scipy.py")
print("name,x,y,u,p")
for name, m, n, digits in [
    ("5 and 7", 5, 7, 6), ("8 and 8", 8, 8, 6), ("8 and 12", 8, 12, 6), ("9 and 9", 9, 9, 6), ("12 and 12", 12, 12, 6), ("30 and 30", 30, 30, 6),
    ("60 and 70", 60, 70, 6), ("5 and 7 with ties", 5, 7, 0), ("12 and 12 with ties", 12, 12, 0), ("30 and 40 with ties", 30, 40, 1), ("1 and 1", 1, 1, 6),
]:
    x, y = np.round(random.normal(0, 2, m), digits), np.round(random.normal(1.5, 2, n), digits)
    test = stats.mannwhitneyu(x, y, alternative="two-sided")
    text = lambda values: ";".join(repr(float(value)) for value in values)
    print(f"{name},{text(x)},{text(y)},{test.statistic:.17g},{test.pvalue:.17g}")
