# Reference numbers for standardization over Cox and Fine-Gray models. Run in this folder:
#   Rscript outcome_models_reference.R
# ../survival/cohort.csv without entry, weights and clusters, arms A and B; z and s as below. In each arm, models
# of its own, of follow-up to the last day asked for; the incidence of everybody in it is averaged over all, and over those of arm A.
#   cox   survival::coxph (Efron) of either cause; survfit's cumulative hazards of each person, a day's hazards
#         l1 + l2 taken as exp(-l1 - l2) event-free, shared in proportion.
#   fine_gray  survival::finegray and coxph (Efron) of either cause, days tied.
#   crr   cmprsk::crr of either cause, each day one person's (the rank of day and id): ties and conventions play
#         no part there.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
d <- read.csv("../survival/cohort.csv")
d <- d[d$arm != "C", ]
d$z <- ((d$id * 37) %% 101) / 25
d$s <- as.integer(d$stratum == 2)
d$rank <- rank(d$day + d$id / 1000)

increments <- function(fit, days) { # people x days
  s <- survfit(fit, newdata = d, se.fit = FALSE)
  at <- findInterval(days, s$time)
  total <- rbind(0, matrix(s$cumhaz, ncol = nrow(d)))[at + 1, , drop = FALSE]
  t(apply(total, 2, function(x) diff(c(0, x))))
}
by_cox <- function(mine, last) {
  days <- seq_len(last)
  l <- lapply(1:2, function(k)
    increments(coxph(Surv(day, cause == k) ~ z + s, mine, ties = "efron", control = tight), days))
  total <- l[[1]] + l[[2]]
  free <- t(apply(exp(-total), 1, cumprod))
  before <- cbind(1, free[, -last])
  share <- ifelse(total > 0, l[[1]] / total, 0)
  list(risk = t(apply(before * (1 - exp(-total)) * share, 1, cumsum)), rmst = t(apply(before, 1, cumsum)))
}
from_incidences <- function(f) { # of both causes, people x days
  last <- ncol(f[[1]])
  before <- cbind(1, (1 - f[[1]] - f[[2]])[, -last])
  list(risk = f[[1]], rmst = t(apply(before, 1, cumsum)))
}
by_finegray <- function(mine, last) from_incidences(lapply(1:2, function(k) {
  mine$status <- factor(mine$cause, 0:2)
  long <- finegray(Surv(day, status) ~ z + s, mine, etype = as.character(k))
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ z + s, long, weights = fgwt, ties = "efron", control = tight)
  1 - exp(-t(apply(increments(fit, seq_len(last)), 1, cumsum)))
}))
by_crr <- function(mine, last) from_incidences(lapply(1:2, function(k) {
  fit <- crr(mine$rank, mine$cause, as.matrix(mine[c("z", "s")]), failcode = k, gtol = 1e-14, maxiter = 50)
  p <- predict(fit, as.matrix(d[c("z", "s")]))
  at <- findInterval(seq_len(last), p[, 1])
  t(rbind(0, p[, -1])[at + 1, ])
}))
averaged <- function(method, when, day) lapply(split(d, d$arm), function(mine) {
  last <- max(when)
  mine$cause[mine[[day]] > last] <- 0
  mine[[day]] <- pmin(mine[[day]], last)
  found <- method(mine, last)
  lapply(list(everyone = rep(TRUE, nrow(d)), treated = d$arm == "A"), function(who)
    lapply(found, function(one) colMeans(one[who, when])))
})
out <- list(
  days = c(9, 18, 27), ranks = c(40, 80, 120),
  cox = averaged(by_cox, c(9, 18, 27), "day"), fine_gray = averaged(by_finegray, c(9, 18, 27), "day"),
  crr = averaged(by_crr, c(40, 80, 120), "rank")
)
write(toJSON(out, digits = I(15), auto_unbox = TRUE), "outcome_models_reference.json")
