# Correlations and their two-sided p-values, by R; Spearman's with the approximation by Student's t.
cat("# Rscript bench/statistics/testdata/correlation.R\n")
cat("method,x,y,n,coefficient,p\n")
for (pair in list(c("with_x", "with_y"), c("ties", "steps"), c("ten", "ten"), c("lognormal", "normal"),
                  c("three", "four"), c("nanoseconds", "five_hundred"), c("five_thousand", "five_thousand"))) {
  x <- scan(file.path("bench/statistics/testdata/samples", paste0(pair[1], ".csv")), quiet = TRUE)
  y <- scan(file.path("bench/statistics/testdata/samples", paste0(pair[2], ".csv")), quiet = TRUE)
  n <- min(length(x), length(y))
  x <- x[1:n]
  y <- if (pair[1] == pair[2]) y[n:1] else y[1:n]
  for (method in c("pearson", "spearman")) {
    test <- suppressWarnings(cor.test(x, y, method = method, exact = FALSE))
    cat(method, pair, sprintf("%.17g", c(n, test$estimate, test$p.value)), sep = ",")
    cat("\n")
  }
}
