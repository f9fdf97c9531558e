# Reference numbers where others of this folder hold none: cohort.csv with an arm (C) that has no events, and as one
# site; UIS (made-up causes; aggregates only) and lifelines' rossi for the estimators that came last. Run in this
# folder, with STEPDOWN_REAL_DATA naming the folder that holds uis/uis_628.csv:
#   python -c "from lifelines.datasets import load_rossi as r; r().to_csv('rossi.csv', index=False)"
#   Rscript edge_reference.R; rm rossi.csv
suppressMessages({library(survival); library(cmprsk); library(sandwich); library(jsonlite)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
version <- function(p) as.character(packageVersion(p))
out <- list(versions = list(R = R.version.string, survival = version("survival"), cmprsk = version("cmprsk"),
                            sandwich = version("sandwich")))

# --- an arm without events
d <- read.csv("cohort.csv")
d$z <- ((d$id * 37) %% 101) / 25
d$cause[d$arm == "C"] <- 0
d$any <- d$cause > 0
d$state <- factor(d$cause, 0:2)
d$b <- as.integer(d$arm == "B")
arms <- function(f) setNames(lapply(c("A", "B", "C"), function(a) f(d[d$arm == a, ])), c("A", "B", "C"))
both <- function(m) list("1" = m[, 2], "2" = m[, 3])
zero <- list()
zero$km <- arms(function(x) { f <- survfit(Surv(day, any) ~ 1, x, conf.type = "log-log")
  list(estimate = f$surv, std_error = f$surv * f$std.err, conf_low = f$lower, conf_high = f$upper) })
zero$aj <- arms(function(x) { f <- survfit(Surv(day, state) ~ 1, x, id = id)
  if (!any(x$cause > 0)) return(list(estimate = both(f$pstate), std_error = NULL))
  list(estimate = both(f$pstate), std_error = both(f$std.err)) })
zero$na <- arms(function(x) { f <- survfit(Surv(entry, day, any) ~ 1, x, stype = 2, ctype = 1)
  list(estimate = f$cumhaz, std_error = f$std.chaz) })
zero$rmst <- arms(function(x) unname(summary(survfit(Surv(day, any) ~ 1, x), rmean = 24)$table[c("rmean", "se(rmean)")]))
rank <- function(f) list(statistic = f$chisq, expected = unname(if (is.matrix(f$exp)) rowSums(f$exp) else f$exp))
zero$logrank <- rank(survdiff(Surv(day, any) ~ arm, d))
zero$logrank_strata <- rank(survdiff(Surv(day, any) ~ arm + strata(stratum), d, rho = 1))
# The robust score test at 0 is finite where the coefficient of C is not.
at_zero <- function(f) suppressWarnings(summary(f)$robscore[["test"]])
zero$logrank_robust <- at_zero(coxph(Surv(day, any) ~ arm, d, ties = "breslow", iter.max = 0, weights = wide, robust = TRUE))
zero$logrank_site <- at_zero(coxph(Surv(day, any) ~ arm, d, ties = "breslow", iter.max = 0, weights = weight, cluster = site))
zero$gray <- unname(cuminc(d$day, d$cause, d$arm)$Tests[, "stat"])
zero$gray_strata <- unname(cuminc(d$day, d$cause, d$arm, d$stratum)$Tests[, "stat"])
# With the coefficient of C at minus infinity the rows of C count in no risk set, but in the censoring curve.
numbers <- function(f) list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), loglik = f$loglik[2])
ab <- d[d$arm != "C", ]
zero$cox <- lapply(c(efron = "efron", breslow = "breslow"), function(t)
  numbers(coxph(Surv(entry, day, any) ~ b + z, ab, weights = wide, cluster = site, ties = t, control = tight)))
e <- finegray(Surv(day, state) ~ ., d[c("id", "arm", "day", "state", "b", "z")], etype = "1")
e <- e[e$arm != "C", ]
zero$fine_gray <- lapply(c(efron = "efron", breslow = "breslow"), function(t) {
  f <- coxph(Surv(fgstart, fgstop, fgstatus) ~ b + z, e, weights = fgwt, ties = t, cluster = id, control = tight)
  c(numbers(f), list(se_model = unname(sqrt(diag(f$naive.var))))) })
zero$rates <- lapply(c("A", "B", "C"), function(a) { x <- d[d$arm == a, ]
  lapply(list(c(0, 9), c(9, 60)), function(w) {
    spent <- sum(pmax(pmin(x$day, w[2]) - pmax(x$entry, w[1]), 0)); k <- sum(x$any & x$day > w[1] & x$day <= w[2])
    ci <- poisson.test(k, spent)$conf.int
    c(k, spent, ci[1], ci[2]) }) })
out$zero <- zero

# --- one site: its influence adds up to nothing, which R tells as a standard error of (about) 0
one <- list()
s <- read.csv("cohort.csv"); s$b <- as.integer(s$arm == "B"); s$c <- as.integer(s$arm == "C"); s$site <- 1
f <- survfit(Surv(entry, day, cause > 0) ~ 1, s, weights = weight, cluster = site, robust = TRUE)
one$km <- list(estimate = f$surv, std_error = f$surv * f$std.err)
# (coxph itself stops with an error there: so without cluster, and the influence added up.)
f <- coxph(Surv(day, cause > 0) ~ b + c, s, weights = weight, robust = FALSE, control = tight)
one$cox <- list(coef = unname(coef(f)), std_error = unname(sqrt(colSums(residuals(f, "dfbeta", weighted = TRUE))^2)),
                se_model = unname(sqrt(diag(f$var))))
s <- read.csv("cohort.csv"); s <- s[s$site == 3, ]; s$b <- as.integer(s$arm == "B")
f <- survfit(Surv(day, cause > 0) ~ 1, s)
one$alone <- list(estimate = f$surv, std_error = f$surv * f$std.err)
f <- coxph(Surv(day, cause > 0) ~ b, s, control = tight)
one$alone_cox <- list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), loglik = f$loglik)
out$one <- one

# --- cohorts of the world: x has id, time, event, code, arm and the terms
area <- function(f, tau) { k <- f$time < tau; sum(diff(c(0, f$time[k], tau)) * c(1, f$surv[k])) }
world <- function(x, terms, times, cuts) {
  r <- list(n = nrow(x))
  right <- as.formula(paste("~", paste(terms, collapse = "+")))
  # crr's own search stalls 1e-8 short of the maximum on UIS (it says so in $converged): terms of one size, and
  # Newton steps from where it stopped.
  size <- sapply(x[terms], sd); scaled <- scale(as.matrix(x[terms]), TRUE, size)
  f <- crr(x$time, x$code, scaled, failcode = 1, gtol = 1e-14, maxiter = 50)
  for (again in 1:3)
    f <- suppressWarnings(crr(x$time, x$code, scaled, failcode = 1, init = f$coef + as.vector(f$invinf %*% f$score), maxiter = 0))
  r$crr <- list(coef = unname(f$coef) / size, std_error = unname(sqrt(diag(f$var))) / size,
                se_model = unname(sqrt(diag(f$invinf))) / size, loglik = c(f$loglik.null, f$loglik))
  r$crr <- lapply(r$crr, unname)
  x$state <- factor(x$code, 0:2)
  e <- finegray(Surv(time, state) ~ ., x[c("id", "time", "state", terms)], etype = "1")
  r$finegray <- lapply(c(efron = "efron", breslow = "breslow"), function(t) {
    f <- coxph(update(right, Surv(fgstart, fgstop, fgstatus) ~ .), e, weights = fgwt, ties = t, cluster = id, control = tight)
    list(coef = unname(coef(f)), known = unname(sqrt(diag(f$var))), se_model = unname(sqrt(diag(f$naive.var))), loglik = f$loglik) })
  r$mean <- lapply(sort(unique(x$arm)), function(a) {
    f <- survfit(Surv(time, event) ~ 1, x[x$arm == a, ], id = id, robust = TRUE)
    at <- sapply(times, function(t) max(which(f$time <= t)))
    list(estimate = f$cumhaz[at], std_error = f$std.chaz[at]) })
  f <- coxph(update(right, Surv(time, event) ~ .), x, cluster = id, control = tight)
  r$andersen_gill <- list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), se_model = unname(sqrt(diag(f$naive.var))), loglik = f$loglik)
  long <- survSplit(Surv(time, event) ~ ., x, cut = cuts, episode = "band")
  long$band <- factor(long$band)
  f <- glm(update(right, event ~ band + . - 1 + offset(log(time - tstart))), poisson, long,
           control = glm.control(epsilon = 1e-15, maxit = 100))
  # glm's variance is that of its last step but one: once more from the end.
  f <- update(f, start = coef(f))
  r$piecewise <- list(coef = unname(coef(f)), std_error = unname(sqrt(diag(vcov(f)))),
                      robust = unname(sqrt(diag(vcovCL(f, long$id, cadjust = FALSE, type = "HC0")))))
  n <- nrow(x)
  without <- function(of) { whole <- of(x); n * whole - (n - 1) * sapply(seq_len(n), function(i) of(x[-i, ])) }
  told <- function(y) { m <- lm(y ~ arm, cbind(x, y = y))
    list(mean = mean(y), sd = sd(y), coef = unname(coef(m)), std_error = unname(sqrt(diag(vcovHC(m, type = "HC0"))))) }
  r$pseudo <- list(
    survival = told(without(function(v) { f <- survfit(Surv(time, event) ~ 1, v); f$surv[max(which(f$time <= times[3]))] })),
    rmst = told(without(function(v) area(survfit(Surv(time, event) ~ 1, v), times[3]))),
    risk = told(without(function(v) { f <- survfit(Surv(time, state) ~ 1, v); f$pstate[max(which(f$time <= times[3])), 2] })))
  r
}
u <- read.csv(file.path(Sys.getenv("STEPDOWN_REAL_DATA"), "uis", "uis_628.csv"))
u <- u[complete.cases(u[c("race", "age", "ndrugtx")]), ]
u$event <- u$censor; u$code <- u$censor * (1 + (u$race == 1)); u$arm <- u$treat
out$uis <- world(u, c("treat", "age", "ndrugtx", "site"), c(30, 60, 90), c(30, 90, 365))
u$time <- ceiling(u$time / 7)
out$uis_week <- world(u, c("treat", "age", "ndrugtx", "site"), c(4, 9, 13), c(4, 13, 52))
v <- read.csv("rossi.csv")
v$id <- seq_len(nrow(v)); v$time <- v$week; v$event <- v$arrest; v$arm <- v$fin
v$code <- v$arrest * (1 + (v$prio > 3))
out$rossi <- world(v, c("fin", "age", "prio"), c(13, 26, 50), c(13, 26))

# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE, null = "null")
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "edge_reference.json")
