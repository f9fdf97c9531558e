# Nelson-Aalen reference numbers for cohort.csv by R survival. Run in this folder: Rscript hazard_reference.R
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv("cohort.csv")
d$any <- d$cause > 0
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))))
# stype = 2, ctype = 1: the curve is exp(-H), its log-log limits are the log limits of H turned round.
hazard <- function(f) {
  s <- summary(f, censored = TRUE)
  list(time = s$time, estimate = s$cumhaz, std_error = s$std.chaz, conf_low = -log(s$upper), conf_high = -log(s$lower))
}
arms <- function(f) setNames(lapply(c("A", "B", "C"), function(a) f(d[d$arm == a, ])), c("A", "B", "C"))
out$plain <- arms(function(x) hazard(survfit(Surv(day, any) ~ 1, x, stype = 2, ctype = 1, conf.type = "log-log")))
out$entry <- arms(function(x) hazard(survfit(Surv(entry, day, any) ~ 1, x, stype = 2, ctype = 1, conf.type = "log-log")))
out$weight <- arms(function(x) hazard(survfit(Surv(day, any) ~ 1, x, weights = weight, id = id, robust = TRUE, stype = 2, ctype = 1, conf.type = "log-log")))
out$wide <- arms(function(x) hazard(survfit(Surv(day, any) ~ 1, x, weights = wide, id = id, robust = TRUE, stype = 2, ctype = 1, conf.type = "log-log")))
out$cluster <- arms(function(x) hazard(survfit(Surv(day, any) ~ 1, x, cluster = site, robust = TRUE, stype = 2, ctype = 1, conf.type = "log-log")))
out$all <- arms(function(x) hazard(survfit(Surv(entry, day, any) ~ 1, x, weights = weight, cluster = site, robust = TRUE, stype = 2, ctype = 1, conf.type = "log-log")))
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN|Inf|-Inf)"', "null", text)), "hazard_reference.json")
