# Reference numbers for the three UIS study files of tests/real/uis, by R survival; aggregates only.
# Run in this folder, with STEPDOWN_REAL_DATA naming the folder that holds uis/uis_628.csv:
#   Rscript uis_studies.R
# Follow-up is cut at day 365, the horizon of the study files.
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv(file.path(Sys.getenv("STEPDOWN_REAL_DATA"), "uis", "uis_628.csv"))

study <- function(days, event, arm) {
  event <- event == 1 & days <= 365
  days <- pmin(days, 365)
  one <- survfit(Surv(days, event) ~ 1, conf.type = "log-log")
  two <- survfit(Surv(days, event) ~ arm, conf.type = "log-log")
  at <- c(30, 60, 90)
  all <- summary(one, times = at)
  by <- summary(two, times = at)
  mean90 <- summary(two, rmean = 90)$table
  med <- quantile(two, 0.5)
  list(
    n = length(days), events = sum(event),
    whole = list(risk = 1 - all$surv, std_error = all$std.err, conf_low = 1 - all$upper, conf_high = 1 - all$lower,
                 window = all$surv[1] - all$surv[3]),
    # Arms in the order 0 (short), 1 (long), days 30, 60, 90 within each.
    arms = list(risk = 1 - by$surv, std_error = by$std.err, conf_low = 1 - by$upper, conf_high = 1 - by$lower),
    median = list(estimate = as.vector(med$quantile), conf_low = as.vector(med$lower), conf_high = as.vector(med$upper)),
    rmst = list(estimate = unname(mean90[, "rmean"]), std_error = unname(mean90[, "se(rmean)"])),
    logrank = survdiff(Surv(days, event) ~ arm)$chisq
  )
}

left <- d$time - d$los
later <- left > 0
out <- list(
  versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  admission = study(d$time, d$censor, d$treat),
  discharge = study(left[later], d$censor[later], d$treat[later]),
  discharge_day_zero = study(left, d$censor, d$treat)
)
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "uis_studies.json")
