# Reference numbers for Cox regression by R survival: cohort.csv, and lifelines' rossi. Run in this folder:
#   python -c "from lifelines.datasets import load_rossi as r; r().to_csv('rossi.csv', index=False)"
#   Rscript cox_reference.R; rm rossi.csv
suppressMessages({library(survival); library(jsonlite)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
d <- read.csv("cohort.csv")
d$ev <- as.integer(d$cause == 1)
d$b <- as.integer(d$arm == "B")
d$c <- as.integer(d$arm == "C")
d$z <- ((d$id * 37) %% 101) / 25
d$year <- 2000 + (d$id * 17) %% 23
late <- Surv(entry, day, ev) ~ b + c + z + year
soon <- Surv(day, ev) ~ b + c + z + year
new <- data.frame(b = c(0, 1), c = 0, z = c(1, 3), year = c(2005, 2019), stratum = c(1, 3))
transforms <- c("km", "rank", "identity", "log")

columns <- function(m) lapply(seq_len(ncol(m)), function(j) unname(m[, j]))
numbers <- function(f, robust) {
  zph <- lapply(transforms, function(t) unname(cox.zph(f, transform = t)$table[, "chisq"]))
  out <- list(
    coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))),
    se_model = unname(sqrt(diag(if (robust) f$naive.var else f$var))),
    loglik = f$loglik, score = f$score, wald = unname(f$wald.test),
    concordance = unname(f$concordance[c("concordant", "discordant", "tied.x", "concordance")]),
    zph = setNames(zph, transforms),
    martingale = unname(residuals(f, type = "martingale")),
    dfbeta = columns(residuals(f, type = "dfbeta", weighted = TRUE)),
    score_residuals = columns(residuals(f, type = "score")),
    schoenfeld = columns(residuals(f, type = "schoenfeld"))
  )
  if (robust) out$rscore <- f$rscore
  base <- basehaz(f, centered = FALSE)
  out$base_time <- base$time
  out$base <- base$hazard
  out$base_stratum <- if (is.null(base$strata)) rep(1, nrow(base)) else as.integer(base$strata)
  out
}
curves <- function(f) {
  one <- function(k) {
    s <- summary(survfit(f, newdata = new[k, ], conf.type = "log-log"), times = c(9, 18, 27))
    list(estimate = s$surv, std_error = s$std.err, conf_low = s$lower, conf_high = s$upper)
  }
  lapply(1:2, one)
}
ties <- function(t) {
  list(
    plain = numbers(coxph(soon, d, ties = t, control = tight), FALSE),
    entry = numbers(coxph(late, d, ties = t, control = tight), FALSE),
    strata = numbers(coxph(update(late, . ~ . + strata(stratum)), d, ties = t, control = tight), FALSE),
    weight = numbers(coxph(soon, d, ties = t, weights = weight, robust = TRUE, control = tight), TRUE),
    wide = numbers(coxph(late, d, ties = t, weights = wide, id = id, cluster = id, control = tight), TRUE),
    cluster = numbers(coxph(soon, d, ties = t, cluster = site, control = tight), TRUE),
    all = numbers(coxph(update(late, . ~ . + strata(stratum)), d, ties = t, weights = weight, cluster = site,
                        control = tight), TRUE)
  )
}
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
            efron = ties("efron"), breslow = ties("breslow"))
for (t in c("efron", "breslow")) {
  out[[t]]$plain$curves <- curves(coxph(soon, d, ties = t, control = tight))
  out[[t]]$strata$curves <- curves(coxph(update(late, . ~ . + strata(stratum)), d, ties = t, control = tight))
}
f <- coxph(Surv(entry, day, ev) ~ b + c + z + offset(year / 10), d, control = tight)
out$offset <- list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), loglik = f$loglik)
f <- coxph(Surv(entry, day, ev) ~ ridge(b, c, z, theta = 5, scale = FALSE), d, control = tight)
out$ridge <- list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))))
r <- read.csv("rossi.csv")
rossi <- Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio
out$rossi <- numbers(coxph(rossi, r, control = tight), FALSE)
long <- c("martingale", "dfbeta", "score_residuals", "schoenfeld")
out$rossi[c(long, "base_time", "base", "base_stratum")] <- NULL
for (t in c("efron", "breslow")) for (k in c("entry", "strata", "weight", "cluster")) out[[t]][[k]][long] <- NULL
# Profile limits: the other coefficients at their best, one held by an offset.
g <- function(v) coxph(Surv(week, arrest) ~ age + race + wexp + mar + paro + prio + offset(fin * v), r, control = tight)$loglik[2]
best <- coxph(rossi, r, control = tight)
drop <- function(v) 2 * (best$loglik[2] - g(v)) - qchisq(0.95, 1)
m <- coef(best)[["fin"]]
out$rossi$profile_fin <- c(uniroot(drop, c(m - 2, m), tol = 1e-13)$root, uniroot(drop, c(m, m + 2), tol = 1e-13)$root)
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) { v[] <- sprintf("#%.17g", v); v }, c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "cox_reference.json")
