# SciPy's percentile bootstrap of the ratio of medians, unpaired and paired.
import csv, pathlib
import numpy as np
from scipy import stats

here = pathlib.Path(__file__).parent
numbers = lambda text: [float(one) for one in text.split(";")]
ratio = lambda x, y, axis=-1: np.median(x, axis=axis) / np.median(y, axis=axis)

print("# python3 bench/statistics/testdata/ratio.py")
print("name,paired,x,y,ratio,low,high")
for name, table, paired in (("normal 8", "two_samples.csv", False), ("normal 49", "two_samples.csv", False), ("lognormal 120", "two_samples.csv", False),
                            ("bimodal", "two_samples.csv", False), ("lognormal 10", "paired_samples.csv", True), ("lognormal 49", "paired_samples.csv", True),
                            ("lognormal 200", "paired_samples.csv", True), ("normal 30", "two_samples.csv", True)):
    with open(here / table) as rows:
        row = next(r for r in csv.DictReader(line for line in rows if not line.startswith("#")) if r["name"] == name)
    x, y = numbers(row["x"]), numbers(row["y"])
    r = stats.bootstrap((x, y), ratio, paired=paired, vectorized=True, n_resamples=40000, batch=2000, method="percentile", random_state=np.random.default_rng(1)).confidence_interval
    print(f"{name},{paired},{row['x']},{row['y']},{ratio(x, y):.17g},{r.low:.17g},{r.high:.17g}")
