# Reference numbers for Fine-Gray regression on cohort.csv. Run in this folder: Rscript fine_gray_reference.R
#   crr      cmprsk::crr, unweighted, on the cohort as it is and with losses half a day later ("apart").
#   finegray survival::finegray and coxph: entry and strata, unweighted; robust by person.
#   direct   rows spelled out below, one for each later day with an event, weighted by curves that count the case
#            weights: first held equal to finegray without weights. The whole variance (curves included) by
#            numerical derivatives with respect to each person's weight.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
d <- read.csv("cohort.csv")
d$b <- as.integer(d$arm == "B")
d$c <- as.integer(d$arm == "C")
d$z <- ((d$id * 37) %% 101) / 25
terms <- c("b", "c", "z")
new <- data.frame(b = c(0, 1), c = 0, z = c(1, 3))
when <- c(9, 18, 27)

by_crr <- function(day, cause) {
  f <- crr(day, d$cause, as.matrix(d[terms]), failcode = cause, gtol = 1e-14, maxiter = 50)
  p <- predict(f, as.matrix(new))
  at <- function(t) p[max(which(p[, 1] <= t)), -1]
  list(coef = unname(f$coef), std_error = sqrt(diag(f$var)), se_model = sqrt(diag(f$invinf)),
       loglik = c(f$loglik.null, f$loglik), hazard = unname(f$bfitj),
       incidence = lapply(1:2, function(k) sapply(when, function(t) unname(at(t)[k]))))
}

model <- function(ties, strata) {
  text <- paste("Surv(fgstart, fgstop, fgstatus) ~ b + c + z", if (strata) "+ strata(stratum)")
  function(e, cluster) coxph(as.formula(text), e, weights = fgwt, ties = ties, control = tight, cluster = cluster)
}
numbers <- function(f) list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))),
                            se_model = unname(sqrt(diag(f$naive.var))), loglik = f$loglik)
by_finegray <- function(ties, late, strata) {
  d$start <- if (late) d$entry else 0
  formula <- Surv(start, day, factor(cause, 0:2)) ~ .
  if (strata) formula <- Surv(start, day, factor(cause, 0:2)) ~ . + strata(stratum)
  keep <- c("id", "start", "day", "cause", "stratum", terms)
  e <- finegray(formula, data = d[keep], id = id, etype = "1")
  if (strata) e <- merge(e, d[c("id", "stratum")])
  e$person <- e$id
  numbers(model(ties, strata)(e, e$person))
}

# A(t) = P(not lost before t) P(entered before t), weighted, for the rows of one stratum.
observed <- function(s, w) function(t) {
  lost <- unique(s$day[s$cause == 0 & s$day < t])
  g <- prod(vapply(lost, function(u) {
    at_risk <- s$start < u & (s$day > u | (s$day == u & s$cause == 0))
    1 - sum(w[s$day == u & s$cause == 0]) / sum(w[at_risk])
  }, 0))
  into <- unique(s$start[s$start >= t])
  g * prod(vapply(into, function(u) 1 - sum(w[s$start == u]) / sum(w[s$start <= u & s$day > u]), 0))
}
rows <- function(s, w) {
  times <- sort(unique(s$day[s$cause == 1]))
  a <- observed(s, w)
  at <- sapply(times, a)
  one <- function(i) {
    own <- data.frame(person = s$id[i], fgstart = s$start[i], fgstop = s$day[i],
                      fgstatus = as.integer(s$cause[i] == 1), fgwt = w[i])
    later <- which(times > s$day[i])
    if (s$cause[i] != 2 || !length(later)) return(own)
    start <- c(s$day[i], times[later])[seq_along(later)]
    rbind(own, data.frame(person = s$id[i], fgstart = start, fgstop = times[later], fgstatus = 0L,
                          fgwt = w[i] * at[later] / a(s$day[i])))
  }
  e <- do.call(rbind, lapply(seq_len(nrow(s)), one))
  cbind(e, s[match(e$person, s$id), c("stratum", "site", terms)])
}
direct <- function(ties, late, strata, w) {
  d$start <- if (late) d$entry else 0
  parts <- if (strata) split(seq_len(nrow(d)), d$stratum) else list(seq_len(nrow(d)))
  e <- do.call(rbind, lapply(parts, function(k) rows(d[k, ], w[k])))
  list(by = model(ties, strata), rows = e)
}
whole <- function(ties, late, strata, w) {
  here <- direct(ties, late, strata, w)
  best <- coef(here$by(here$rows, here$rows$person))
  fit <- function(v) {
    x <- direct(ties, late, strata, v)
    text <- paste("Surv(fgstart, fgstop, fgstatus) ~ b + c + z", if (strata) "+ strata(stratum)")
    coef(coxph(as.formula(text), x$rows, weights = fgwt, ties = ties, control = tight, init = best, robust = FALSE))
  }
  step <- 1e-4
  influence <- t(sapply(seq_len(nrow(d)), function(i) {
    up <- down <- w
    up[i] <- w[i] * (1 + step)
    down[i] <- w[i] * (1 - step)
    (fit(up) - fit(down)) / (2 * step)
  }))
  by_site <- rowsum(influence, d$site)
  by_person <- here$by(here$rows, here$rows$person)
  known_site <- here$by(here$rows, here$rows$site)
  list(known = numbers(by_person), known_site = unname(sqrt(diag(known_site$var))),
       influence = lapply(1:3, function(j) unname(influence[, j])),
       person = unname(sqrt(colSums(influence^2))), site = unname(sqrt(colSums(by_site^2))))
}

same <- direct("efron", TRUE, TRUE, rep(1, nrow(d)))
stopifnot(all.equal(unname(coef(same$by(same$rows, same$rows$person))), by_finegray("efron", TRUE, TRUE)$coef, tolerance = 1e-12))
apart <- d$day + ifelse(d$cause == 0, 0.5, 0)
out <- list(
  versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                  cmprsk = as.character(packageVersion("cmprsk"))),
  crr = list(tied = list(by_crr(d$day, 1), by_crr(d$day, 2)), apart = by_crr(apart, 1)),
  finegray = list(), direct = list()
)
for (t in c("efron", "breslow")) {
  out$finegray[[t]] <- list(
    plain = by_finegray(t, FALSE, FALSE), entry = by_finegray(t, TRUE, FALSE),
    strata = by_finegray(t, FALSE, TRUE), both = by_finegray(t, TRUE, TRUE)
  )
  out$direct[[t]] <- list(
    plain = whole(t, FALSE, FALSE, rep(1, nrow(d))), weight = whole(t, FALSE, FALSE, d$weight),
    entry = whole(t, TRUE, FALSE, rep(1, nrow(d))), all = whole(t, TRUE, TRUE, d$weight)
  )
  f <- direct(t, FALSE, FALSE, d$wide)
  out$direct[[t]]$wide <- numbers(f$by(f$rows, f$rows$person))
}
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) { v[] <- sprintf("#%.17g", v); v }, c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "fine_gray_reference.json")
