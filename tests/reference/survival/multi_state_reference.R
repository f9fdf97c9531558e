# Multi-state reference: invented rows and R survival's numbers for them. Rscript multi_state_reference.R
# Makes multi_state.csv (160 people, five states, weekly ties, late entry in the middle of stays) and the JSON.
suppressMessages({library(survival); library(jsonlite)})
set.seed(20260102, kind = "Mersenne-Twister", sample.kind = "Rejection")
states <- c("residential", "php", "iop", "none", "relapsed")
rows <- NULL
for (i in 1:160) {
  state <- sample(c("residential", "none"), 1, prob = c(0.8, 0.2)); now <- 0
  end <- sample(c(70, 90, 98, 120), 1); w <- round(exp(rnorm(1, 0, 0.5)), 4)
  while (now < end) {
    stay <- 7 * ceiling(rexp(1, 1 / 21) / 7)
    to <- sample(setdiff(states, state), 1, prob = c(0.15, 0.3, 0.25, 0.3)[1:4])
    if (now + stay > end) { rows <- rbind(rows, data.frame(id = i, start = now, stop = end, from = state, to = NA, weight = w)); break }
    rows <- rbind(rows, data.frame(id = i, start = now, stop = now + stay, from = state, to = to, weight = w))
    now <- now + stay; state <- to
    if (state == "relapsed") break
  }
}
rows$site <- (rows$id * 7) %% 11
write.csv(rows, "multi_state.csv", row.names = FALSE, quote = FALSE, na = "")
d <- read.csv("multi_state.csv", na.strings = "")
d$event <- factor(ifelse(is.na(d$to), "censor", d$to), c("censor", states))
d$istate <- factor(d$from, states)
days <- c(7, 21, 35, 63, 70, 90)
# residuals() of survival 3.5-3 does not square to its own std.err where the first states differ, so R's own
# influence of each person (survfit, influence = TRUE; a unit of weight) is added up within sites, and integrated for the means.
rows_of <- function(m) lapply(seq_len(nrow(m)), function(k) as.numeric(m[k, ]))
one <- function(f, person, w = 1) {
  s <- summary(f, times = days)
  u <- w * f$influence.pstate                              # people x (first day and days) x states
  at <- c(0, f$time)                     # the influence at time 0 comes first
  stopifnot(dim(u)[2] == length(at))
  added <- function(m) sqrt(colSums(rowsum(m, person)^2))
  pick <- function(t) max(which(at <= t))
  width <- diff(c(pmin(at, 63), 63))
  area <- apply(u, c(1, 3), function(v) sum(v * width))
  list(states = f$states, estimate = rows_of(s$pstate), std_err = rows_of(s$std.err),
       std_error = lapply(days, function(t) added(u[, pick(t), ])), p0 = f$p0,
       mean = as.numeric(summary(f, rmean = 63)$table[, "rmean"]), mean_se = added(area))
}
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))), days = days)
people <- sort(unique(d$id)); site <- d$site[match(people, d$id)]
out$plain <- one(survfit(Surv(start, stop, event) ~ 1, d, id = id, istate = istate, influence = TRUE), people)
weighted <- survfit(Surv(start, stop, event) ~ 1, d, id = id, istate = istate, weights = weight, influence = TRUE)
out$weighted <- one(weighted, people, d$weight[match(people, d$id)])
out$sites <- one(weighted, site, d$weight[match(people, d$id)])
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "multi_state_reference.json")
