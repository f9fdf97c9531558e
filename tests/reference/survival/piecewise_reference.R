# Piecewise-exponential regression of cohort.csv and piecewise.csv. Run in this folder: Rscript piecewise_reference.R
# Exact and right-censored days: Poisson regression with the sandwich. Intervals, one band: survreg. Intervals,
# several bands: the log likelihood written out person by person and climbed by nlm and BFGS, then by Newton steps
# on numerical derivatives of the score. Makes piecewise.csv too: 160 invented people with contacts near 30, 90, 180.
suppressMessages({library(survival); library(sandwich); library(jsonlite)})
set.seed(20260106, kind = "Mersenne-Twister", sample.kind = "Rejection")
n <- 160
age <- round(runif(n, -2, 2), 2); early <- rbinom(n, 1, 0.5); entry <- ifelse(runif(n) < 0.2, 7, 0)
day <- entry + ceiling(rexp(n, 0.012 * exp(0.4 * age - 0.6 * early)))
low <- entry; high <- rep(Inf, n)
for (center in c(30, 90, 180)) {
  contact <- center + sample(-4:9, n, TRUE); seen <- runif(n) < 0.8 & contact > entry
  hit <- seen & day <= contact & is.infinite(high); high[hit] <- contact[hit]
  free <- seen & day > contact; low[free] <- contact[free]
}
exact <- runif(n) < 0.15 & day <= 180
low[exact] <- day[exact]; high[exact] <- day[exact]
weight <- round(exp(rnorm(n, 0, 0.7)), 3); site <- sample(25, n, TRUE)
data <- data.frame(low, high, entry, age, early, weight, site)
write.csv(data, "piecewise.csv", row.names = FALSE, quote = FALSE)

d <- read.csv("cohort.csv"); d$any <- as.integer(d$cause > 0); d$b <- as.numeric(d$arm == "B"); d$c <- as.numeric(d$arm == "C")
rows <- survSplit(Surv(entry, day, any) ~ ., d, cut = c(9, 24), episode = "band")
rows$time <- rows$day - rows$entry
poisson_fit <- function(w) {
  rows$w <- w(rows)
  fit <- suppressWarnings(glm(any ~ 0 + factor(band) + b + c + stratum + offset(log(time)), poisson, rows, weights = w,
                              control = glm.control(epsilon = 1e-15, maxit = 100)))
  robust <- function(g) unname(sqrt(diag(vcovCL(fit, cluster = g, type = "HC0", cadjust = FALSE))))
  list(coef = unname(coef(fit)), se_model = unname(sqrt(diag(vcov(fit)))), se_id = robust(rows$id), se_site = robust(rows$site))
}
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                            sandwich = as.character(packageVersion("sandwich"))),
            poisson = poisson_fit(function(x) rep(1, nrow(x))), poisson_weighted = poisson_fit(function(x) x$weight))

k <- data[data$entry == 0, ]  # survreg knows no delayed entry
one <- survreg(Surv(ifelse(low == 0, NA, low), ifelse(is.finite(high), high, NA), type = "interval2") ~ age + early,
               k[!(k$low == 0 & is.infinite(k$high)), ], dist = "exponential",
               control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
out$exponential <- list(coef = unname(-coef(one)), se_model = unname(sqrt(diag(vcov(one)))), loglik = one$loglik[2])

cuts <- c(0, 30, 90, Inf)
spent <- function(from, to) sapply(1:3, function(b) pmax(pmin(to, cuts[b + 1]) - pmax(from, cuts[b]), 0))
person <- function(p, x, i) {
  r <- exp(x[i, ] %*% p[-(1:3)]); l <- exp(p[1:3])
  ahead <- sum(spent(data$entry[i], data$low[i]) * l) * r
  if (data$low[i] == data$high[i]) return(-ahead + log(l[findInterval(data$low[i], cuts, left.open = TRUE)]) + log(r))
  if (is.infinite(data$high[i])) return(-ahead)
  -ahead + log(1 - exp(-r * sum(spent(data$low[i], data$high[i]) * l)))
}
# Score of a person by central differences of fourth order: about 12 digits.
slope <- function(f, p, h = 1e-3) sapply(seq_along(p), function(j) {
  e <- replace(numeric(length(p)), j, h); (8 * (f(p + e) - f(p - e)) - (f(p + 2 * e) - f(p - 2 * e))) / (12 * h)
})
several <- function(x, w, groups) {
  total <- function(p) sum(w * vapply(seq_len(n), function(i) person(p, x, i), 0))
  p <- c(rep(log(0.01), 3), numeric(ncol(x)))
  p <- optim(p, function(q) -total(q), method = "BFGS", control = list(reltol = 1e-14, maxit = 1000))$par
  p <- nlm(function(q) -total(q), p, gradtol = 1e-10, steptol = 1e-12, iterlim = 500)$estimate
  score <- function(q) slope(total, q)
  for (step in 1:4) {
    information <- -slope(score, p); information <- (information + t(information)) / 2
    p <- p + solve(information, score(p))
  }
  bread <- solve(-slope(score, p))
  u <- w * t(sapply(seq_len(n), function(i) slope(function(q) person(q, x, i), p)))
  sandwich <- function(g) { s <- rowsum(u, g); unname(sqrt(diag(bread %*% crossprod(s) %*% bread))) }
  survive <- function(q, t) exp(-sum(pmax(pmin(t, cuts[-1]) - cuts[-4], 0) * exp(q[1:3])) * exp(sum(c(1, 0)[seq_len(ncol(x))] * q[-(1:3)])))
  window <- function(q) survive(q, 30) - survive(q, 90)
  g <- slope(window, p)
  list(coef = p, loglik = total(p), se_model = unname(sqrt(diag(bread))), se_id = sandwich(seq_len(n)), se_site = sandwich(data$site),
       window = window(p), window_se = sqrt(drop(t(g) %*% bread %*% g)))
}
X <- as.matrix(data[c("age", "early")])
out$bands <- several(X[, 0, drop = FALSE], rep(1, n))
out$covariates <- several(X, rep(1, n))
out$weighted <- several(X, data$weight)
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", text), "piecewise_reference.json")
