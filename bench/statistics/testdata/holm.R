# Holm's adjustment.
cat("# Rscript bench/statistics/testdata/holm.R\n")
RNGversion("4.2.0"); set.seed(1979)
row <- function(name, p) cat(paste(name, paste(sprintf("%.17g", p), collapse = ";"),
  paste(sprintf("%.17g", p.adjust(p, "holm")), collapse = ";"), sep = ","), "\n", sep = "")
cat("name,p,adjusted\n")
row("one", 0.03)
row("order kept", c(0.04, 0.01, 0.03, 0.005))
row("equal", c(0.02, 0.02, 0.02))
row("monotone", c(0.01, 0.0101, 0.0102, 0.9))
row("ends", c(0, 1, 0.5))
row("ten", runif(10)^3)
