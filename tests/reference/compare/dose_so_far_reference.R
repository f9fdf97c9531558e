# Reference numbers for the dose so far, by R survival, splines and stats. Run in this folder: Rscript dose_so_far_reference.R
suppressMessages({library(survival); library(splines)})
options(digits = 15)
d <- read.csv("../survival/cohort.csv")
d$ev <- as.integer(d$cause == 1)
d$z <- ((d$id * 37) %% 101) / 25
# The file runs to day 54: its days are stretched to 7 / 3 of themselves, so that there are 13 weeks.
d$t <- ceiling(d$day * 7 / 3)
rows <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) {
  k <- 0:(ceiling(min(d$t[i], 90) / 7) - 1)
  data.frame(id = d$id[i], z = d$z[i], week = k, start = 7 * k, stop = pmin(7 * k + 7, d$t[i], 90),
             last = k == max(k), t = d$t[i], event = d$ev[i], other = d$cause[i] > 1)
}))
# A score that changes by week, and care that is more likely with a higher score.
rows$score <- ((rows$id * 37 + rows$week * 29) %% 101) / 50 - 1
rows$care <- as.integer((rows$id * 7 + rows$week * 13 + rows$id %/% 10) %% 10 < 3 + 3 * (rows$score > 0))
rows$ev <- as.integer(rows$last & rows$event == 1 & rows$t <= 90)
ends <- rows$last & (rows$ev == 1 | (rows$other & rows$t <= 90))
rows$whole <- rows$stop == rows$start + 7 & !ends
rows$lost <- rows$last & !ends & rows$stop < 90
rows <- rows[order(rows$id, rows$week), ]
rows$before <- ave(rows$care, rows$id, FUN = function(x) c(0, head(x, -1)))
rows$so_far <- ave(rows$care, rows$id, FUN = function(x) c(0, head(cumsum(x), -1)))
rows$early <- log1p(rows$week) * rows$before
little <- ~ week + log1p(week) + before + early + so_far + z
chance <- function(y, use, more) {
  f <- if (more) update(little, y ~ . + score) else update(little, y ~ .)
  data <- cbind(rows, y = y)
  p <- predict(glm(f, binomial, data[use, ], control = glm.control(epsilon = 1e-12)), data, type = "response")
  ifelse(y == 1, p, 1 - p)
}
of <- function(y, use) ifelse(use, chance(y, use, FALSE) / chance(y, use, TRUE), 1)
running <- function(x) ave(x, rows$id, FUN = function(v) cumprod(c(1, head(v, -1))))
kept <- ifelse(rows$lost, 1, of(as.integer(rows$lost), rep(TRUE, nrow(rows))))
rows$w <- pmin(running(of(rows$care, rows$whole)) * running(kept), 20)
k <- quantile(rows$so_far[rows$so_far > 0], c(0.1, 0.5, 0.9))
fit <- function(w) {
  rows$used <- w
  f <- coxph(Surv(start, stop, ev) ~ ns(so_far, knots = k[2], Boundary.knots = k[c(1, 3)]) + z, rows, weights = used,
             cluster = id, control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  at <- seq(0, quantile(rows$so_far[rows$so_far > 0], 0.95), length.out = 5)
  basis <- ns(at, knots = k[2], Boundary.knots = k[c(1, 3)])
  change <- sweep(basis, 2, basis[1, ])
  list(at = at, log_ratio = drop(change %*% coef(f)[1:2]), se = sqrt(diag(change %*% vcov(f)[1:2, 1:2] %*% t(change))))
}
plain <- fit(rep(1, nrow(rows)))
weighted <- fit(rows$w)
json <- function(x) paste0("[", paste(format(unname(x), digits = 15, trim = TRUE), collapse = ", "), "]")
cat(sprintf('{"knots": %s,\n"rows": %d,\n"at": %s,\n"log_ratio": %s,\n"se": %s,\n"weighted_log_ratio": %s,\n"weighted_se": %s,\n"weights": %s}\n',
            json(k), nrow(rows), json(plain$at), json(plain$log_ratio), json(plain$se), json(weighted$log_ratio),
            json(weighted$se), json(c(mean(rows$w), max(rows$w), sum(rows$w)^2 / sum(rows$w^2) / nrow(rows)))),
    file = "dose_so_far_reference.json")
