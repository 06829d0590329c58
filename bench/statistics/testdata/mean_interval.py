# BCa bootstrap intervals of the mean, by SciPy: the mean and the standard deviation of each end over 30 seeds.
# Ten values or more, or whole numbers: SciPy tells resamples whose mean is the sample's from others by their rounding.
import numpy
from scipy import stats

print("# python3 bench/statistics/testdata/mean_interval.py")
print("sample,confidence,resamples,low,low_sd,high,high_sd")
for name in ["ticks", "ten", "twelve", "ties", "lognormal", "normal", "bimodal", "outliers"]:
    values = numpy.loadtxt(f"bench/statistics/testdata/samples/{name}.csv")
    for confidence in [0.90, 0.95] if len(values) <= 20 else [0.95]:
        ends = numpy.array([
            tuple(stats.bootstrap((values,), numpy.mean, method="BCa", n_resamples=3000, vectorized=True,
                                  confidence_level=confidence, random_state=seed).confidence_interval)
            for seed in range(30)])
        mean, sd = ends.mean(axis=0), ends.std(axis=0, ddof=1)
        print(f"{name},{confidence},3000,{mean[0]:.17g},{sd[0]:.17g},{mean[1]:.17g},{sd[1]:.17g}")
