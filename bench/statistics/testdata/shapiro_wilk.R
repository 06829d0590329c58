# Shapiro-Wilk tests, by R; SciPy 1.10 computes them in single precision.
cat("# Rscript bench/statistics/testdata/shapiro_wilk.R\n")
cat("sample,w,p\n")
for (name in c("three", "four", "five", "six", "seven", "ten", "eleven", "twelve", "ties", "lognormal", "normal",
               "bimodal", "nanoseconds", "outliers", "five_hundred", "five_thousand")) {
  test <- shapiro.test(scan(file.path("bench/statistics/testdata/samples", paste0(name, ".csv")), quiet = TRUE))
  cat(name, sprintf("%.17g", c(test$statistic, test$p.value)), sep = ",")
  cat("\n")
}
