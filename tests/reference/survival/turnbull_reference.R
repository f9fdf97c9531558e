# Turnbull's estimate of intervals.csv by R survival. Run in this folder: Rscript turnbull_reference.R
# Makes the data too: 60 invented people, contacts at 30, 90 and 180 days, some days known exactly.
suppressMessages({library(survival); library(jsonlite)})
set.seed(20260102, kind = "Mersenne-Twister", sample.kind = "Rejection")
n <- 60
day <- ceiling(rexp(n, 0.01)); seen <- matrix(runif(n * 3) < 0.75, n)
low <- rep(0, n); high <- rep(Inf, n)
for (k in 1:3) {
  hit <- seen[, k] & day <= c(30, 90, 180)[k] & is.infinite(high)
  high[hit] <- c(30, 90, 180)[k]
  free <- seen[, k] & day > c(30, 90, 180)[k]
  low[free] <- c(30, 90, 180)[k]
}
exact <- runif(n) < 0.15 & day <= 180
low[exact] <- day[exact]; high[exact] <- day[exact]
weight <- sample(c(1, 2, 5), n, TRUE)
write.csv(data.frame(low, high, weight), "intervals.csv", row.names = FALSE, quote = FALSE)
fit <- function(w) {
  # interval2: NA is open; a left end at 0 is left-censored.
  f <- survfit(Surv(ifelse(low == 0, NA, low), ifelse(is.finite(high), high, NA), type = "interval2") ~ 1,
               weights = w)
  s <- summary(f, times = c(30, 90, 180))
  list(time = s$time, survival = s$surv)
}
keep <- !(low == 0 & is.infinite(high)); low <- low[keep]; high <- high[keep]; weight <- weight[keep]
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
            plain = fit(rep(1, sum(keep))), weights = fit(weight))
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", text), "turnbull_reference.json")
