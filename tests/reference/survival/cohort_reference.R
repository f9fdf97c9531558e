# Reference numbers for cohort.csv by R survival. Run in this folder: Rscript cohort_reference.R
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv("cohort.csv")
d$state <- factor(d$cause, 0:2)
d$any <- d$cause > 0
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))))

km <- function(fit) {
  s <- summary(fit, censored = TRUE)
  list(time = s$time, at_risk = s$n.risk, events = s$n.event, censored = s$n.censor, estimate = s$surv,
       std_error = s$std.err, conf_low = s$lower, conf_high = s$upper)
}
both <- function(m) list("1" = m[, 2], "2" = m[, 3])  # column 1 is free of events
aj <- function(fit) list(time = fit$time, estimate = both(fit$pstate), std_error = both(fit$std.err))
# Clusters of a multi-state fit: survfit of survival 3.5-3 takes them and leaves std.err as it was (that of a
# Kaplan-Meier fit it does change), so R's own influence values are added up within sites here.
aj_sites <- function(fit) {
  one_day <- function(t) sqrt(colSums(rowsum(residuals(fit, times = t, type = "pstate", weighted = TRUE), x$site)^2))
  list(time = fit$time, estimate = both(fit$pstate), std_error = both(t(sapply(fit$time, one_day))))
}
# One arm at a time, so that every list holds one arm's days.
arms <- function(f) setNames(lapply(c("A", "B", "C"), function(a) {
  x <<- d[d$arm == a, ]  # global: residuals() looks the data up again
  f(x)
}), c("A", "B", "C"))
cl <- "log-log"

out$km <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, conf.type = cl)))
out$km_plain <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, conf.type = "plain")))
out$km_log <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, conf.type = "log")))
out$km_entry <- arms(function(x) km(survfit(Surv(entry, day, any) ~ 1, x, conf.type = cl)))
out$km_weight <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, weights = weight, id = id, robust = TRUE, conf.type = cl)))
out$km_wide <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, weights = wide, id = id, robust = TRUE, conf.type = cl)))
out$km_cluster <- arms(function(x) km(survfit(Surv(day, any) ~ 1, x, cluster = site, robust = TRUE, conf.type = cl)))
out$km_all <- arms(function(x) km(survfit(Surv(entry, day, any) ~ 1, x, weights = weight, cluster = site, robust = TRUE, conf.type = cl)))
out$aj <- arms(function(x) aj(survfit(Surv(day, state) ~ 1, x, id = id)))
out$aj_entry <- arms(function(x) aj(survfit(Surv(entry, day, state) ~ 1, x, id = id)))
out$aj_weight <- arms(function(x) aj(survfit(Surv(day, state) ~ 1, x, id = id, weights = weight)))
out$aj_wide <- arms(function(x) aj(survfit(Surv(day, state) ~ 1, x, id = id, weights = wide)))
out$aj_cluster <- arms(function(x) aj_sites(survfit(Surv(day, state) ~ 1, x, id = id)))
out$aj_all <- arms(function(x) aj_sites(survfit(Surv(entry, day, state) ~ 1, x, id = id, weights = weight)))

out$quantile <- arms(function(x) {
  f <- survfit(Surv(day, any) ~ 1, x, conf.type = cl)
  q <- quantile(f, c(0.25, 0.5, 0.75))
  list(p = c(0.25, 0.5, 0.75), estimate = unname(q$quantile), conf_low = unname(q$lower), conf_high = unname(q$upper))
})
mean_of <- function(fit, tau) unname(summary(fit, rmean = tau)$table[c("rmean", "se(rmean)")])
out$rmst24 <- arms(function(x) mean_of(survfit(Surv(day, any) ~ 1, x), 24))
out$rmst24_entry <- arms(function(x) mean_of(survfit(Surv(entry, day, any) ~ 1, x), 24))
# Robust RMST: from R's own influence values, added up within sites.
out$rmst24_all <- arms(function(x) {
  f <- survfit(Surv(day, any) ~ 1, x, weights = weight, cluster = site, robust = TRUE)
  r <- residuals(f, times = 24, type = "rmst", weighted = TRUE)
  c(summary(f, rmean = 24)$table[["rmean"]], sqrt(sum(rowsum(as.vector(r), x$site)^2)))
})
# Time lost to each cause (sojourn in states 1 and 2), unweighted.
out$rmtl24 <- arms(function(x) {
  f <- survfit(Surv(day, state) ~ 1, x, id = id)
  r <- residuals(f, times = 24, type = "sojourn")
  m <- summary(f, rmean = 24)$table
  list(estimate = unname(m[2:3, "rmean"]), std_error = unname(sqrt(colSums(r^2))[2:3]))
})
# Window (9, 24]: from R's influence values of pstate (columns: free, cause 1, cause 2; days 9 and 24).
out$window <- arms(function(x) {
  f <- survfit(Surv(day, state) ~ 1, x, id = id)
  p <- summary(f, times = c(9, 24))$pstate
  r <- residuals(f, times = c(9, 24), type = "pstate")
  last <- max(x$day)
  r9 <- residuals(f, times = 9, type = "pstate"); r24 <- residuals(f, times = 24, type = "pstate")
  w <- p[2, 2] - p[1, 2]; u <- r24[, 2] - r9[, 2]
  v <- u / p[1, 1] - w / p[1, 1]^2 * r9[, 1]
  s <- r9[, 2] / p[2, 2] - p[1, 2] / p[2, 2]^2 * r24[, 2]
  list(window_risk = c(w, sqrt(sum(u^2))), conditional_risk = c(w / p[1, 1], sqrt(sum(v^2))),
       share = c(p[1, 2] / p[2, 2], sqrt(sum(s^2))))
})
# Difference A - B in S(24), sites reach across arms: R's influence values of both, added up within sites.
ab <- d[d$arm %in% c("A", "B"), ]
f <- survfit(Surv(day, any) ~ arm, ab, weights = weight, cluster = site, robust = TRUE)
r <- residuals(f, times = 24, type = "surv", weighted = TRUE)
signed <- as.vector(r) * ifelse(ab$arm == "A", -1, 1)
s <- summary(f, times = 24)$surv
out$risk_difference <- c(s[2] - s[1], sqrt(sum(rowsum(signed, ab$site)^2)))

test <- function(f) list(statistic = f$chisq, expected = unname(if (is.matrix(f$exp)) rowSums(f$exp) else f$exp))
out$logrank <- test(survdiff(Surv(day, any) ~ arm, d))
out$logrank_strata <- test(survdiff(Surv(day, any) ~ arm + strata(stratum), d))
# survdiff takes no entry: the same sums written out day by day.
u <- numeric(3); v <- matrix(0, 3, 3); e <- numeric(3)
for (t in sort(unique(d$day[d$any]))) {
  risk <- as.vector(table(factor(d$arm[d$entry < t & d$day >= t], c("A", "B", "C"))))
  dead <- as.vector(table(factor(d$arm[d$any & d$day == t], c("A", "B", "C"))))
  y <- sum(risk); k <- sum(dead)
  e <- e + k * risk / y
  u <- u + dead - k * risk / y
  if (y > 1) v <- v + k * (y - k) / (y - 1) * (diag(risk / y) - outer(risk, risk) / y^2)
}
out$logrank_entry <- list(statistic = as.vector(u[1:2] %*% solve(v[1:2, 1:2], u[1:2])), expected = e)
bands <- list(c(0, 9), c(9, 24), c(24, 60))
out$rates <- lapply(bands, function(b) {
  spent <- pmax(pmin(d$day, b[2]) - pmax(d$entry, b[1]), 0)
  k <- sum(d$any & d$day > b[1] & d$day <= b[2])
  ci <- poisson.test(k, sum(spent))$conf.int
  list(start = b[1], end = b[2], events = k, person_days = sum(spent), conf_low = ci[1], conf_high = ci[2])
})
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "cohort_reference.json")
