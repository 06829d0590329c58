# SciPy's Mann-Whitney, Wilcoxon and Kruskal-Wallis of the samples of the tables that R made.
import csv, pathlib, warnings
from scipy import stats

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent
numbers = lambda text: [float(one) for one in text.split(";")]

def rows(name):
    with open(here / name) as table:
        return list(csv.DictReader(line for line in table if not line.startswith("#")))

print("# python3 bench/statistics/testdata/two_samples_scipy.py")
print("test,name,statistic,p")
for row in rows("two_samples.csv"):
    x, y = numbers(row["x"]), numbers(row["y"])
    if len(set(x + y)) > 1:
        r = stats.mannwhitneyu(x, y, method="exact" if row["exact"] == "TRUE" else "asymptotic")
        print(f"Mann-Whitney,{row['name']},{r.statistic:.17g},{r.pvalue:.17g}")
for row in rows("paired_samples.csv"):
    x, y = numbers(row["x"]), numbers(row["y"])
    if row["name"] not in ("no pair differs", "one pair"):
        # "two-sided" gives the smaller of both sums; the sum of positive ranks is what "greater" gives.
        method = dict(correction=True, mode="exact" if row["exact"] == "TRUE" else "approx")
        v = stats.wilcoxon(x, y, alternative="greater", **method).statistic
        print(f"Wilcoxon,{row['name']},{v:.17g},{stats.wilcoxon(x, y, **method).pvalue:.17g}")
for row in rows("several_samples.csv"):
    if row["name"] != "all equal":
        r = stats.kruskal(*[numbers(group) for group in row["groups"].split("|")])
        print(f"Kruskal-Wallis,{row['name']},{r.statistic:.17g},{r.pvalue:.17g}")
