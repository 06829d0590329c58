# Summaries and quantiles of type 7, by R.
cat("# Rscript bench/statistics/testdata/summary.R\n")
cat("sample,n,mean,sd,median,mad,q1,q3,p5,p90,p95,p99,min,max,cv\n")
for (name in c("three", "four", "five", "six", "seven", "ten", "eleven", "twelve", "ties", "lognormal", "normal",
               "bimodal", "nanoseconds", "outliers", "five_hundred", "five_thousand")) {
  x <- scan(file.path("bench/statistics/testdata/samples", paste0(name, ".csv")), quiet = TRUE)
  q <- quantile(x, c(0.25, 0.75, 0.05, 0.90, 0.95, 0.99), type = 7, names = FALSE)
  numbers <- c(length(x), mean(x), sd(x), median(x), mad(x, constant = 1 / qnorm(3 / 4)), q, min(x), max(x),
               sd(x) / abs(mean(x)))
  cat(name, sprintf("%.17g", numbers), sep = ",")
  cat("\n")
}
