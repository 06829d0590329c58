# SciPy's Levene test of the groups of levene.csv.
import csv, pathlib
from scipy import stats

numbers = lambda text: [float(one) for one in text.split(";")]
print("# python3 bench/published/testdata/levene_scipy.py")
print("name,w,p")
with open(pathlib.Path(__file__).parent / "levene.csv") as table:
    for row in csv.DictReader(line for line in table if not line.startswith("#")):
        test = stats.levene(*[numbers(group) for group in row["groups"].split("|")], center="median")
        print(f"{row['name']},{test.statistic:.17g},{test.pvalue:.17g}")
