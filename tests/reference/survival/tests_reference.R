# Reference numbers of the tests: cohort.csv, and UIS (aggregates only), by R survival and cmprsk.
# Run in this folder, with STEPDOWN_REAL_DATA naming the folder that holds uis/uis_628.csv:
#   Rscript tests_reference.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
d <- read.csv("cohort.csv")
d$any <- d$cause > 0
d$week <- ceiling(d$day / 7)
u <- read.csv(file.path(Sys.getenv("STEPDOWN_REAL_DATA"), "uis", "uis_628.csv"))
u$code <- u$censor * (1 + (u$race == 1))  # two causes, made up for the test
whole <- u[complete.cases(u[, c("race", "hercoc")]), ]
whole$week <- ceiling(whole$time / 7)
version <- function(p) as.character(packageVersion(p))
out <- list(versions = list(R = R.version.string, survival = version("survival"), cmprsk = version("cmprsk")))

# Days weighted by S^rho: survdiff.
diffs <- function(f) list(statistic = f$chisq, expected = unname(if (is.matrix(f$exp)) rowSums(f$exp) else f$exp),
                          observed = unname(if (is.matrix(f$obs)) rowSums(f$obs) else f$obs))
out$rho <- lapply(c(0.5, 1, 2), function(rho) c(list(rho = rho), diffs(survdiff(Surv(day, any) ~ arm, d, rho = rho))))
out$rho_strata <- diffs(survdiff(Surv(week, any) ~ arm + strata(stratum), d, rho = 1))
out$rho_uis <- diffs(survdiff(Surv(time, censor) ~ treat, u, rho = 1))

# survdiff has no gamma: the sums written out day by day, S by survfit.
fleming <- function(time, any, arm, rho, gamma) {
  km <- survfit(Surv(time, any) ~ 1)
  k <- length(levels(arm)); s <- numeric(k); v <- matrix(0, k, k)
  for (t in sort(unique(time[any]))) {
    before <- c(1, km$surv)[sum(km$time < t) + 1]
    w <- before^rho * (1 - before)^gamma
    risk <- as.vector(table(arm[time >= t])); dead <- as.vector(table(arm[any & time == t]))
    y <- sum(risk); n <- sum(dead)
    s <- s + w * (dead - n * risk / y)
    if (y > 1) v <- v + w^2 * n * (y - n) / (y - 1) * (diag(risk / y) - outer(risk, risk) / y^2)
  }
  keep <- 1:(k - 1)
  as.vector(s[keep] %*% solve(v[keep, keep], s[keep]))
}
out$gamma <- lapply(list(c(0, 1), c(1, 1), c(0.5, 2)), function(p)
  list(rho = p[1], gamma = p[2], statistic = fleming(d$day, d$any, factor(d$arm), p[1], p[2])))

# Robust form: the robust score test of coxph, Breslow's ties.
robust <- function(f) summary(f)$robscore[["test"]]
out$robust <- list(
  weights = robust(coxph(Surv(day, any) ~ arm, d, ties = "breslow", weights = weight, robust = TRUE)),
  wide = robust(coxph(Surv(day, any) ~ arm, d, ties = "breslow", weights = wide, robust = TRUE)),
  cluster = robust(coxph(Surv(day, any) ~ arm, d, ties = "breslow", cluster = site)),
  all = robust(coxph(Surv(entry, day, any) ~ arm + strata(stratum), d, ties = "breslow", weights = weight, cluster = site))
)

# Gray's test: cuminc.
curves <- function(time, code, arm, stratum, rho)
  list(rho = rho, statistic = unname(cuminc(time, code, arm, stratum, rho = rho)$Tests[, "stat"]))
everyone <- function(x) rep(1, nrow(x))
cases <- function(x, time, code, arm, stratum) list(
  plain = lapply(c(0, 1), function(r) curves(x[[time]], x[[code]], x[[arm]], everyone(x), r)),
  strata = lapply(c(0, 0.5), function(r) curves(x[[time]], x[[code]], x[[arm]], x[[stratum]], r)))
out$gray <- list(
  cohort_day = cases(d, "day", "cause", "arm", "stratum"), cohort_week = cases(d, "week", "cause", "arm", "stratum"),
  uis_time = cases(whole, "time", "code", "treat", "site"), uis_week = cases(whole, "week", "code", "treat", "hercoc"))
# Pairs of arms, with Holm's correction.
pairs <- list(c("A", "B"), c("A", "C"), c("B", "C"))
p <- sapply(pairs, function(two) {
  f <- survdiff(Surv(day, any) ~ arm, d[d$arm %in% two, ])
  pchisq(f$chisq, 1, lower.tail = FALSE)
})
g <- sapply(pairs, function(two) {
  x <- d[d$arm %in% two, ]
  cuminc(x$day, x$cause, x$arm)$Tests[2, "pv"]
})
out$pairs <- list(p = p, holm = p.adjust(p, "holm"), gray = g, gray_holm = p.adjust(g, "holm"))

# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "tests_reference.json")
