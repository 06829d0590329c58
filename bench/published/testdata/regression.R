# R's fits. The exponential one starts where the line through the logarithms ends; NA where it was not asked for.
cat("# Rscript bench/published/testdata/regression.R\n")
RNGversion("4.2.0"); set.seed(1963)
show <- function(values) paste(sprintf("%.15g", values), collapse = ";")
columns <- function(values) paste(sprintf("%.15g", values), collapse = ",")
r2 <- function(y, fitted) 1 - sum((y - fitted)^2) / sum((y - mean(y))^2)
exponential <- function(x, y) {
  line <- coef(lm(log(y) ~ x))
  fit <- nls(y ~ a * exp(b * x), start = list(a = exp(line[[1]]), b = line[[2]]), control = nls.control(tol = 1e-8, minFactor = 1e-12))
  columns(c(coef(fit), r2(y, fitted(fit))))
}
row <- function(name, x, y, exponential = "NA,NA,NA") {
  fits <- list(lm(y ~ x), lm(y ~ log(x)), lm(y ~ x + I(x^2) + I(x^3)))
  cat(paste(name, show(x), show(y), sep = ","),
    paste(sapply(fits, function(f) columns(c(coef(f), r2(y, fitted(f))))), collapse = ","), exponential, sep = ",")
  cat("\n")
}
cat("name,x,y,linear_0,linear_1,linear_r2,logarithmic_0,logarithmic_1,logarithmic_r2,cubic_0,cubic_1,cubic_2,cubic_3,cubic_r2,exponential_0,exponential_1,exponential_r2\n")
sizes <- rep(seq(100, 1000, 100), each = 5)
row("line over block sizes", sizes, round(0.4 * sizes + rnorm(50, 0, 0.5), 3))
row("logarithm over block sizes", sizes, round(log(sizes) * 0.02 + rnorm(50, 0, 0.005), 3))
row("no relation", sizes, round(rexp(50, 10), 3) + 0.001)
row("zeros", sizes, c(0, round(runif(49, 0, 0.01), 3)))
messages <- rep(c(1024, 2048, 4096, 6144, 8192, 16384), each = 4)
row("steps over message sizes", messages, round(0.001 * (messages > 4096) + 0.003 + runif(24, 0, 5e-4), 4))
small <- rep(seq(0.5, 5, 0.5), each = 2)
y <- round(2.5 * exp(0.4 * small) + rnorm(20, 0, 0.2), 3); row("growth", small, y, exponential(small, y))
y <- round(5 * exp(-0.7 * small) + runif(20, 0.05, 0.3), 3); row("decay", small, y, exponential(small, y))
row("cubic", small, round(3 + (small - 2)^3 + 8 + rnorm(20, 0, 0.5), 3))
y <- round(1.5 * exp(0.1 * small) + rnorm(20, 0, 0.05), 3); row("growth to 20", 4 * small, y, exponential(4 * small, y))
