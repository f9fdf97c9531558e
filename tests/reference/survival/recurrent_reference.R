# Recurrent relapse: invented rows and reference numbers for them. Rscript recurrent_reference.R
# Makes recurrent.csv (120 people, weekly ties, late entry, gaps, deaths, some on the day of a relapse) and the JSON.
# survival gives the mean without death (the cumulative hazard of counting-process rows, robust by id) and
# Andersen-Gill. The mean with death has no package here: below it is differentiated forward, day by day, with
# respect to each row's weight (no closed form of the influence is used).
suppressMessages({library(survival); library(jsonlite)})
set.seed(20260104, kind = "Mersenne-Twister", sample.kind = "Rejection")
rows <- NULL
for (i in 1:120) {
  arm <- c("A", "B")[1 + i %% 2]
  z <- round(rnorm(1), 3); frail <- rgamma(1, 2, 2) * ifelse(arm == "A", 0.7, 1)
  now <- if (i %% 10 == 0) 7 else 0
  end <- sample(c(84, 119, 140), 1); death <- 7 * ceiling(rexp(1, 1 / 300) / 7)
  stop_at <- min(end, max(death, now + 7)); dies <- max(death, now + 7) <= end
  while (now < stop_at) {
    last <- min(now + 7 * ceiling(rexp(1, frail / 45) / 7), stop_at)
    event <- as.integer(last < stop_at || runif(1) < 0.3)
    rows <- rbind(rows, data.frame(id = i, arm = arm, z = z, entry = now, day = last, event = event,
      dead = as.integer(dies && last == stop_at), weight = round(exp(rnorm(1, 0, 0.5)), 4)))
    now <- last + if (runif(1) < 0.08) 7 else 0
  }
}
rows$site <- (rows$id * 7) %% 11
rows <- rows[sample(nrow(rows)), ]
write.csv(rows, "recurrent.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("recurrent.csv")
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))))
arms <- function(f) setNames(lapply(c("A", "B"), function(a) f(d[d$arm == a, ])), c("A", "B"))

hazard <- function(f) {
  s <- summary(f, censored = TRUE)
  list(time = s$time, estimate = s$cumhaz, std_error = s$std.chaz)
}
out$plain <- arms(function(x) hazard(survfit(Surv(entry, day, event) ~ 1, x, id = id, robust = TRUE)))
out$weight <- arms(function(x) hazard(survfit(Surv(entry, day, event) ~ 1, x, id = id, weights = weight, robust = TRUE)))
out$site <- arms(function(x) hazard(survfit(Surv(entry, day, event) ~ 1, x, weights = weight, cluster = site, robust = TRUE)))

forward <- function(x, w, group) {
  n <- nrow(x); days <- sort(unique(x$day)); groups <- unique(group)
  S <- 1; M <- 0; dS <- dM <- numeric(n); estimate <- se <- numeric(length(days))
  for (k in seq_along(days)) {
    s <- days[k]
    here <- as.numeric(x$entry < s & s <= x$day)
    N <- here * (x$day == s & x$event == 1); D <- here * (x$day == s & x$dead == 1)
    Y <- sum(w * here); h <- sum(w * N) / Y; q <- sum(w * D) / Y
    dh <- (N - here * h) / Y; dq <- (D - here * q) / Y
    dM <- dM + dS * h + S * dh; M <- M + S * h
    dS <- dS * (1 - q) - S * dq; S <- S * (1 - q)
    estimate[k] <- M
    se[k] <- sqrt(sum(tapply(w * dM, group, sum)^2))
  }
  list(time = days, estimate = estimate, std_error = se)
}
out$dead <- arms(function(x) forward(x, rep(1, nrow(x)), x$id))
out$dead_weight <- arms(function(x) forward(x, x$weight, x$id))
out$dead_site <- arms(function(x) forward(x, x$weight, x$site))

tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
d$a <- as.integer(d$arm == "A")
fit <- function(f) list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), se_model = unname(sqrt(diag(f$naive.var))), loglik = f$loglik)
ag <- function(ties) list(
  plain = fit(coxph(Surv(entry, day, event) ~ a + z + cluster(id), d, ties = ties, control = tight)),
  weight = fit(coxph(Surv(entry, day, event) ~ a + z + cluster(id), d, weights = weight, ties = ties, control = tight)),
  site = fit(coxph(Surv(entry, day, event) ~ a + z + cluster(site), d, ties = ties, control = tight)))
out$andersen_gill <- list(efron = ag("efron"), breslow = ag("breslow"))
# Days since the last relapse, for those watched from day 0 on and without gaps.
g <- d[order(d$id, d$day), ]
whole <- tapply(seq_len(nrow(g)), g$id, function(k) g$entry[k[1]] == 0 && all(g$entry[k[-1]] == g$day[k[-length(k)]]))
g <- g[whole[as.character(g$id)], ]
from <- ave(g$day * g$event, g$id, FUN = function(v) cummax(c(0, v[-length(v)])))
out$whole <- sort(unique(g$id))
out$gap <- fit(coxph(Surv(g$entry - from, g$day - from, g$event) ~ a + z + cluster(id), g, control = tight))

exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = FALSE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN|Inf|-Inf)"', "null", text)), "recurrent_reference.json")
