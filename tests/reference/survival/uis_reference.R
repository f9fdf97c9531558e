# Reference numbers for UIS (628 rows) by R survival; aggregates only.
# Run in this folder, with STEPDOWN_REAL_DATA naming the folder that holds uis/uis_628.csv:
#   Rscript uis_reference.R
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv(file.path(Sys.getenv("STEPDOWN_REAL_DATA"), "uis", "uis_628.csv"))
fit <- survfit(Surv(time, censor) ~ treat, d, conf.type = "log-log")
s <- summary(fit, times = c(30, 60, 90))
q <- quantile(fit, 0.5)
by_arm <- function(x) list("0" = x[1:3], "1" = x[4:6])
test <- survdiff(Surv(time, censor) ~ treat, d)
mean90 <- summary(fit, rmean = 90)$table
out <- list(
  versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  at = list(time = c(30, 60, 90), estimate = by_arm(s$surv), std_error = by_arm(s$std.err), conf_low = by_arm(s$lower),
            conf_high = by_arm(s$upper), at_risk = by_arm(s$n.risk)),
  median = list(estimate = as.vector(q$quantile), conf_low = as.vector(q$lower), conf_high = as.vector(q$upper)),
  rmst90 = list(estimate = unname(mean90[, "rmean"]), std_error = unname(mean90[, "se(rmean)"])),
  logrank = list(statistic = test$chisq, observed = unname(test$obs), expected = unname(test$exp))
)
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "uis_reference.json")
