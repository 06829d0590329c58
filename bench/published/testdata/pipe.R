# Summaries of pipe messages: mean and standard deviation in ms, variability in %, MB/s, and what they cost over the first.
cat("# Rscript bench/published/testdata/pipe.R\n")
RNGversion("4.2.0"); set.seed(2024)
show <- function(values) paste(sprintf("%.15g", values), collapse = ";")
baseline <- NULL
row <- function(name, size, v) {
  throughput <- size / 1e6 / (mean(v) / 1e3)
  if (is.null(baseline)) baseline <<- c(mean(v), throughput)
  cat(paste(name, size, show(v), show(mean(v)), show(sd(v)), show(100 * sd(v) / mean(v)), show(throughput),
    show(100 * (mean(v) / baseline[1] - 1)), show(100 * (1 - throughput / baseline[2])), sep = ","), "\n", sep = "")
}
cat("name,size,times,latency,sd,variability,throughput,latency_overhead,throughput_overhead\n")
row("outside", 2048, round(rnorm(20, 0.018, 0.0005), 3))
row("slower", 2048, round(rnorm(20, 0.081, 0.003), 3))
row("faster", 2048, round(rnorm(20, 0.012, 0.001), 3))
row("two messages", 2048, c(0.002, 1.128))
