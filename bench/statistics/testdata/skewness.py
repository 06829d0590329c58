# The adjusted Fisher-Pearson coefficient of skewness, by SciPy.
import numpy
from scipy import stats

print("# python3 bench/statistics/testdata/skewness.py")
print("sample,skewness")
for name in ["three", "four", "five", "six", "seven", "ten", "eleven", "twelve", "ties", "lognormal", "normal",
             "bimodal", "nanoseconds", "outliers", "five_hundred", "five_thousand"]:
    values = numpy.loadtxt(f"bench/statistics/testdata/samples/{name}.csv")
    print(f"{name},{stats.skew(values, bias=False):.17g}")
