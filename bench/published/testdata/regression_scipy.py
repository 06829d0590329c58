# NumPy's polyfit and SciPy's curve_fit, from a = b = 1 and at most 10000 evaluations, on the points of regression.csv and
# on others where it is the start that matters. "none" is a fit that failed, "far" one that ended with R² below -1.
import csv, pathlib, warnings
import numpy as np
from scipy.optimize import curve_fit

warnings.simplefilter("ignore")
numbers = lambda text: np.array([float(one) for one in text.split(";")])
show = lambda values, between=";": between.join(f"{one:.15g}" for one in values)

def r2(y, fitted):
    return 1 - ((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum()

def exponential(x, y):
    if (y <= 0).any():
        return "none,none,none,none"
    try:
        (a, b), _, details, _, _ = curve_fit(lambda t, a, b: a * np.exp(b * t), x, y, maxfev=10000, full_output=True)
    except RuntimeError:
        return "none,none,none,none"
    evaluations = details["nfev"]
    share = r2(y, a * np.exp(b * x))
    return show([a, b, share, evaluations], ",") if share > -1 else "far,far,far,far"

def row(name, x, y):
    fitted = []
    for of, degree in ((x, 1), (np.log(x), 1), (x, 3)):
        coefficients = np.polyfit(of, y, degree)
        fitted.append(show([*coefficients[::-1], r2(y, np.polyval(coefficients, of))], ","))
    print(",".join([name, show(x), show(y)] + fitted + [exponential(x, y)]))

print("# python3 bench/published/testdata/regression_scipy.py")
print("name,x,y,linear_0,linear_1,linear_r2,logarithmic_0,logarithmic_1,logarithmic_r2,cubic_0,cubic_1,cubic_2,cubic_3,cubic_r2,exponential_0,exponential_1,exponential_r2,evaluations")
with open(pathlib.Path(__file__).parent / "regression.csv") as table:
    for one in csv.DictReader(line for line in table if not line.startswith("#")):
        row(one["name"], numbers(one["x"]), numbers(one["y"]))
steps = np.arange(1, 11) / 10
y = np.array([2.6, 2.9, 3.1, 3.5, 3.7, 4.1, 4.3, 4.8, 5.2, 5.6])
for largest in (1, 3, 10, 30, 50, 100, 200, 300, 500, 700, 709, 720, 1000):
    row(f"growth to {largest}", largest * steps, y)
    row(f"decay to {largest}", largest * steps, y[::-1])
row("four points", np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 9]))
