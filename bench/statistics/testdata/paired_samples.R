# Pairs: Wilcoxon's signed-rank test; Walsh's averages with their interval, of differences and, as ratio, of those of logarithms.
cat("# Rscript bench/statistics/testdata/paired_samples.R\n")
RNGversion("4.2.0"); set.seed(1945)
text <- function(v) paste(sprintf("%.17g", v), collapse = ";")

walsh <- function(d, confidence = 0.95) {
  n <- length(d); outside <- (1 - confidence) / 2
  averages <- outer(d, d, "+"); averages <- sort(averages[!lower.tri(averages)]) / 2; many <- length(averages)
  if (n < 50) {
    if (psignrank(0, n) > outside) return(c(median(averages), NA, NA))
    rank <- max(1, qsignrank(outside, n))
  } else rank <- max(1, ceiling(n * (n + 1) / 4 - qnorm(1 - outside) * sqrt(n * (n + 1) * (2 * n + 1) / 24) - 0.5))
  c(median(averages), averages[rank], averages[many + 1 - rank])
}

row <- function(name, x, y) {
  w <- suppressWarnings(wilcox.test(x, y, paired = TRUE, correct = TRUE))
  d <- x - y
  exact <- length(d) < 50 && !any(d == 0) && !any(duplicated(abs(d)))
  p <- if (is.nan(w$p.value)) 1 else w$p.value
  cat(paste(name, text(x), text(y), text(w$statistic), text(p), exact, paste(sprintf("%.17g", c(walsh(d), exp(walsh(log(x) - log(y))))), collapse = ","), sep = ","), "\n", sep = "")
}

cat("name,x,y,v,p,exact,shift,shift_low,shift_high,ratio,ratio_low,ratio_high\n")
row("one pair", 1, 2.5)
row("five pairs", c(1, 2, 3, 4, 5), c(1.5, 1, 5, 8, 5.25))
row("six of one sign", c(2, 4, 6, 8, 10, 12), c(1, 2, 3, 4, 5, 6.5))
row("zeros", c(1, 2, 3, 4, 5, 6, 7), c(1, 2, 3.5, 3, 7, 9, 11))
row("no pair differs", c(1, 2, 3, 4), c(1, 2, 3, 4))
row("ties", c(1, 2, 3, 4, 5, 6, 7, 8), c(2, 1, 4, 6, 3, 8, 9, 5))
for (n in c(10, 30, 49, 50, 200)) { base <- exp(rnorm(n, 5, 0.4)); row(paste("lognormal", n), base * exp(rnorm(n, 0.02, 0.05)), base) }
row("rounded", round(rnorm(80, 20, 4)), round(rnorm(80, 21, 4)))
row("large", rnorm(25, 1e12, 1e9), rnorm(25, 1.001e12, 1e9))
