# Two independent samples: Mann-Whitney, Hodges-Lehmann with its interval, Cliff's delta with its interval.
cat("# Rscript bench/statistics/testdata/two_samples.R\n")
RNGversion("4.2.0"); set.seed(1947)
text <- function(v) paste(sprintf("%.17g", v), collapse = ";")

# All differences are written down and counted: the way that the program must not go.
lehmann <- function(x, y, confidence = 0.95) {
  all <- sort(outer(x, y, "-")); m <- length(x); n <- length(y); outside <- (1 - confidence) / 2
  if (m < 50 && n < 50) {
    if (pwilcox(0, m, n) > outside) return(c(median(all), NA, NA))
    rank <- max(1, qwilcox(outside, m, n))
  } else rank <- max(1, ceiling(m * n / 2 - qnorm(1 - outside) * sqrt(m * n * (m + n + 1) / 12) - 0.5))
  c(median(all), all[rank], all[m * n + 1 - rank])
}

# Cliff (1996) with the consistent estimate of the variance, from the whole matrix of signs.
cliff <- function(x, y, confidence = 0.95) {
  signs <- sign(outer(x, y, "-")); m <- length(x); n <- length(y); d <- mean(signs)
  if (m < 2 || n < 2) return(c(d, NA, NA))
  t <- qt(1 - (1 - confidence) / 2, m + n - 2)
  if (abs(d) == 1) { b <- min(m, n); return(c(d, sort(d * c(1, (b - t^2) / (b + t^2))))) }
  v <- ((n - 1) * var(rowMeans(signs)) + (m - 1) * var(colMeans(signs)) + sum((signs - d)^2) / (m * n - 1)) / (m * n)
  ends <- (d - d^3 + c(-1, 1) * t * sqrt(v) * sqrt((1 - d^2)^2 + t^2 * v)) / (1 - d^2 + t^2 * v)
  c(d, max(-1, ends[1]), min(1, ends[2]))
}

row <- function(name, x, y) {
  w <- suppressWarnings(wilcox.test(x, y, conf.int = FALSE))
  exact <- length(x) < 50 && length(y) < 50 && !any(duplicated(c(x, y)))
  p <- if (is.nan(w$p.value)) 1 else w$p.value
  cat(paste(name, text(x), text(y), text(w$statistic), text(p), exact,
    paste(sprintf("%.17g", lehmann(x, y)), collapse = ","), paste(sprintf("%.17g", cliff(x, y)), collapse = ","), sep = ","), "\n", sep = "")
}

cat("name,x,y,u,p,exact,shift,shift_low,shift_high,delta,delta_low,delta_high\n")
row("single values", 1, 2)
row("three and three", c(1.5, 2.5, 3.5), c(10, 11, 12))
row("apart", c(9, 8, 7, 11, 10), c(1, 2, 3, 4, 5, 6))
row("mixed small", c(1.1, 3.3, 2.7, 8.2, 5.4, 4.1), c(2.2, 6.1, 7.7, 9.9, 0.3))
row("forty to one", 39.5, 1:39 + 0.25)
row("ties small", c(1, 2, 2, 3, 5), c(2, 3, 3, 4, 6, 6))
row("all equal", c(4, 4, 4), c(4, 4, 4, 4))
row("equal but one", c(4, 4, 4, 5), c(4, 4, 4, 4))
row("constants apart", c(4, 4, 4), c(5, 5, 5, 5))
for (n in c(8, 30, 49)) row(paste("normal", n), rnorm(n, 100, 5), rnorm(n + (n == 8), 103, 7))
for (n in c(50, 120)) row(paste("lognormal", n), exp(rnorm(n, 5, 0.3)), exp(rnorm(n / 2, 5.1, 0.5)))
row("many ties", round(rnorm(200, 20, 3)), round(rnorm(150, 21, 3)))
row("bimodal", c(rnorm(40, 10), rnorm(30, 20)), c(rnorm(30, 10), rnorm(45, 20)))
row("negative and large", rnorm(20, -1e9, 1e7), rnorm(25, -1.01e9, 1e7))
row("small numbers", rnorm(30, 1e-9, 1e-11), rnorm(30, 1.01e-9, 1e-11))
row("far apart", rnorm(60), rnorm(60, 12))
