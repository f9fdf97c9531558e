# Rubin's rules by mice: numbers drawn, and curves and regressions of cohort.csv without a fifth of its rows in turn
# (stand-ins for imputed data sets). Rscript pool_reference.R
suppressMessages({library(survival); library(mice); library(jsonlite)})
set.seed(20260105, kind = "Mersenne-Twister", sample.kind = "Rejection")
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                            mice = as.character(packageVersion("mice"))))
# pool.scalar(n, k): complete-data degrees of freedom n - k. It rounds nothing, but never lets lambda fall below 1e-4.
one <- function(q, u, dfcom = Inf) {
  p <- pool.scalar(q, u, n = dfcom + 1, k = 1)
  list(q = q, u = u, df_complete = if (is.finite(dfcom)) dfcom else NULL, estimate = p$qbar, within = p$ubar,
       between = p$b, variance = p$t, df = p$df, riv = p$r, fmi = p$fmi)
}
out$scalar <- list()
for (m in c(2, 5, 20)) for (dfcom in c(9, 150, Inf)) for (spread in c(0.05, 0.4, 3)) {
  out$scalar[[length(out$scalar) + 1]] <- one(rnorm(m, 1, spread), rchisq(m, 20) / 20, dfcom)
}
d <- read.csv("cohort.csv")
parts <- lapply(0:4, function(k) d[d$id %% 5 != k, ])
days <- c(9, 18, 25)
cloglog <- function(x, arm, time) {
  x <- x[x$arm == arm, ]
  s <- summary(survfit(Surv(day, cause > 0) ~ 1, x), times = time)
  c(log(-log(s$surv)), (s$std.err / (s$surv * log(s$surv)))^2)
}
out$curves <- lapply(c("A", "B", "C"), function(arm) lapply(days, function(time) {
  v <- sapply(parts, cloglog, arm = arm, time = time)
  p <- pool.scalar(v[1, ], v[2, ], n = 121, k = 1)
  reach <- qt(0.975, p$df) * sqrt(p$t)
  list(estimate = exp(-exp(p$qbar)), conf_low = exp(-exp(p$qbar + reach)), conf_high = exp(-exp(p$qbar - reach)), df = p$df, fmi = p$fmi)
}))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
fits <- lapply(parts, function(x) coxph(Surv(entry, day, cause == 1) ~ I(arm == "B") + I(arm == "C"), x, control = tight))
out$cox <- lapply(1:2, function(k) {
  p <- pool.scalar(sapply(fits, function(f) coef(f)[k]), sapply(fits, function(f) f$var[k, k]), n = 200, k = 2)
  list(estimate = p$qbar, std_error = sqrt(p$t), df = p$df, fmi = p$fmi)
})
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE, null = "null")
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN|Inf)"', "null", text)), "pool_reference.json")
