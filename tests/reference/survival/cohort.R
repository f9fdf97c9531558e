# Makes cohort.csv: 200 invented rows with heavy ties, two causes, delayed entry, weights, clusters.
# Run in this folder: Rscript cohort.R
set.seed(20260101, kind = "Mersenne-Twister", sample.kind = "Rejection")
n <- 200
arm <- sample(c("A", "B", "C"), n, TRUE, c(0.45, 0.35, 0.2))
site <- sample(1:14, n, TRUE)
entry <- sample(c(0, 2, 5, 9), n, TRUE, c(0.6, 0.15, 0.15, 0.1))
rate <- c(A = 0.03, B = 0.05, C = 0.04)[arm] * exp(rnorm(14, 0, 0.3)[site])
day <- entry + pmin(ceiling(rexp(n, rate) / 3) * 3, sample(c(24, 30, 45), n, TRUE))
cause <- ifelse(runif(n) < 0.25, 0, ifelse(runif(n) < 0.7, 1, 2))
cohort <- data.frame(
  id = 1:n, arm, stratum = sample(1:3, n, TRUE), site, entry, day, cause,
  weight = round(exp(rnorm(n, 0, 0.6)), 4), wide = signif(10^runif(n, -3, 3), 5)
)
write.csv(cohort, "cohort.csv", row.names = FALSE, quote = FALSE)
