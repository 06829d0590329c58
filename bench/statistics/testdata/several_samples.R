# Kruskal-Wallis with both measures called epsilon squared; groups are parted by "|".
cat("# Rscript bench/statistics/testdata/several_samples.R\n")
RNGversion("4.2.0"); set.seed(1952)
row <- function(name, ...) {
  groups <- list(...); n <- length(unlist(groups)); k <- length(groups)
  test <- kruskal.test(groups); h <- unname(test$statistic)
  if (is.nan(h)) { h <- 0; p <- 1 } else p <- test$p.value
  cat(paste(name, paste(sapply(groups, function(v) paste(sprintf("%.17g", v), collapse = ";")), collapse = "|"),
    sprintf("%.17g", h), sprintf("%.17g", p), sprintf("%.17g", max(0, (h - k + 1) / (n - k))), sep = ","), "\n", sep = "")
}
cat("name,groups,h,p,epsilon_squared\n")
row("two", c(1, 2, 3, 4), c(2.5, 3.5, 4.5))
row("ties", c(1, 2, 2, 3), c(2, 3, 3, 4), c(5, 5, 1))
row("all equal", c(7, 7), c(7, 7, 7))
row("apart", 1:10 + 0, 11:20 + 0, 21:30 + 0)
row("normal", rnorm(30, 10), rnorm(25, 10.2), rnorm(35, 10.6), rnorm(30, 10.1))
row("rounded", round(rnorm(60, 10, 2)), round(rnorm(60, 10.5, 2)), round(rnorm(60, 10, 2)))
row("none", rnorm(40), rnorm(40), rnorm(40), rnorm(40), rnorm(40))
