# Exact intervals of quantiles by order statistics, by R's binomial distribution. The ranks are of an
# equal-tailed interval: the quantile at p of n values is below the rank l and above the rank u with a
# chance of at most half of what the confidence leaves.
cat("# Rscript bench/statistics/testdata/quantile_interval.R\n")
cat("sample,probability,confidence,low,high\n")
for (name in c("six", "ten", "eleven", "twelve", "ties", "lognormal", "normal", "nanoseconds", "five_hundred",
               "five_thousand")) {
  x <- sort(scan(file.path("bench/statistics/testdata/samples", paste0(name, ".csv")), quiet = TRUE))
  n <- length(x)
  for (p in c(0.1, 0.5, 0.75, 0.95)) for (confidence in c(0.8, 0.95, 0.99)) {
    tail <- (1 - confidence) / 2
    # pbinom(l - 1) <= tail, and 1 - pbinom(u - 1) <= tail
    l <- suppressWarnings(max(0, which(pbinom(0:(n - 1), n, p) <= tail)))
    u <- suppressWarnings(min(n + 1, which(pbinom(0:(n - 1), n, p, lower.tail = FALSE) <= tail)))
    if (l >= 1 && u <= n) cat(name, sprintf("%.17g", c(p, confidence, x[l], x[u])), sep = ",")
    else cat(name, sprintf("%.17g", c(p, confidence)), "too few", "too few", sep = ",")
    cat("\n")
  }
}
