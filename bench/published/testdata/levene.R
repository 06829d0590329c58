# Levene's test with medians, as the analysis of variance that it is; groups are parted by "|".
cat("# Rscript bench/published/testdata/levene.R\n")
RNGversion("4.2.0"); set.seed(1960)
row <- function(name, ...) {
  groups <- list(...)
  distance <- unlist(lapply(groups, function(v) abs(v - median(v))))
  group <- factor(rep(seq_along(groups), sapply(groups, length)))
  test <- anova(lm(distance ~ group))
  cat(paste(name, paste(sapply(groups, function(v) paste(sprintf("%.17g", v), collapse = ";")), collapse = "|"),
    sprintf("%.17g", test[1, "F value"]), sprintf("%.17g", test[1, "Pr(>F)"]), sep = ","), "\n", sep = "")
}
cat("name,groups,w,p\n")
row("two of two", c(1, 2), c(3, 7, 12))
row("ties", c(1, 2, 2, 3), c(2, 3, 3, 4), c(5, 5, 1, 9))
row("one constant", c(5, 5, 5), c(1, 2, 4), c(2, 3, 7))
row("equal", rnorm(30, 10), rnorm(30, 20), rnorm(30, 30))
row("unequal sizes", rnorm(40, 10, 1), rnorm(15, 10, 3), rnorm(8, 10, 2))
row("far apart", rnorm(100, 283, 0.2), rnorm(100, 40, 0.01), rnorm(100, 282, 5))
row("rounded", round(rnorm(50, 0.05, 0.02), 3), round(rnorm(50, 0.06, 0.03), 3), round(rexp(50, 20), 3))
