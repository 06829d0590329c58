# Places that are kept, counted from 0: by fences around quantiles of type 7, and by standardised residuals of R's lm.
cat("# Rscript bench/published/testdata/outliers.R\n")
RNGversion("4.2.0"); set.seed(1977)
show <- function(values) paste(sprintf("%.15g", values), collapse = ";")
fences <- function(name, v, tail, reach) {
  q <- quantile(v, c(tail, 1 - tail), names = FALSE, type = 7)
  ends <- q + c(-reach, reach) * diff(q)
  cat(paste(name, "", show(v), tail, reach, sprintf("%.15g", ends[1]), sprintf("%.15g", ends[2]), show(which(v >= ends[1] & v <= ends[2]) - 1), sep = ","), "\n", sep = "")
}
residuals <- function(name, x, y, limit) {
  r <- resid(lm(y ~ x))
  cat(paste(name, show(x), show(y), "", limit, "", "", show(which(abs(r / sd(r)) <= limit) - 1), sep = ","), "\n", sep = "")
}
cat("name,x,y,tail,reach,low,high,kept\n")
skewed <- round(c(rnorm(26, 25.1, 0.07), 31.5, 38.2, 25.6, 24.6), 3)
bimodal <- round(c(runif(14, 0.002, 0.009), rnorm(30, 0.25, 0.005), 0.053, 47.663, 266.784, 0.181), 3)
fences("Tukey", skewed, 0.25, 1.5)
fences("pipe", skewed, 0.3, 0.5)
fences("Tukey of two modes", bimodal, 0.25, 1.5)
fences("pipe of two modes", bimodal, 0.3, 0.5)
fences("constant but one", c(rep(5, 9), 6), 0.25, 1.5)
fences("range", c(3, 1, 2, 9), 0, 0)
fences("one value", 4, 0.3, 0.5)
sizes <- rep(seq(100, 1000, 100), each = 6)
residuals("line", sizes, round(0.4 * sizes + rnorm(60, 0, 0.5) + c(rep(0, 30), 9, rep(0, 29)), 3), 3)
residuals("heavy tail", sizes, round(rexp(60, 20)^2, 4), 3)
residuals("limit of 2", sizes, round(rnorm(60), 3), 2)
