# Follow-up of 24 discharges of 16 clients: standardized differences (formulas of Yang and Dalton written out),
# reverse Kaplan-Meier, bounds for the lost, testing rates. Run in this folder: Rscript reach_reference.R
suppressMessages({library(survival); library(sandwich); library(jsonlite)})
d <- data.frame(
  client = c(1:16, 1:8),
  arm = rep(c("A", "B"), 12),
  days = c(5, 9, 9, 14, 20, 20, 31, 31, 40, 40, 40, 52, 60, 60, 75, 90, 90, 90, 12, 33, 47, 47, 66, 8),
  event = c(1, 0, 1, 2, 0, 1, 1, 0, 0, 1, 2, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 3),
  until = c(rep(90, 12), rep(60, 4), rep(90, 8)),
  reached = c(1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0),
  age = c(31, 45, NA, 22, 60, 37, 28, 51, 33, NA, 41, 26, 39, 48, 55, 24, 30, 62, 27, 44, 36, NA, 29, 50),
  site = c("x", "y", "z", "x", "x", "y", "z", NA, "x", "y", "y", "z", "x", "x", "y", "z", NA, "x", "y", "z", "x", "x", "y", "z"),
  tests = c(1, 0, 2, 1, 3, 0, 2, 4, 1, 0, 5, 2, 6, 3, 4, 8, 7, 2, 1, 3, 0, 4, 5, 1))
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                            sandwich = as.character(packageVersion("sandwich"))), data = d)
one <- d[d$reached == 1, ]; other <- d[d$reached == 0, ]
number <- function(x, y) (mean(x) - mean(y)) / sqrt((var(x) + var(y)) / 2)
share <- function(p, q) (p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2)
many <- function(x, y) {
  levels <- sort(unique(c(x, y)))
  p <- as.numeric(table(factor(x, levels))) / length(x); q <- as.numeric(table(factor(y, levels))) / length(y)
  s <- ((diag(p) - p %o% p) + (diag(q) - q %o% q)) / 2
  keep <- -1  # any level may be left out; here the first, in the package the last
  as.numeric(sqrt(t(p[keep] - q[keep]) %*% solve(s[keep, keep]) %*% (p[keep] - q[keep])))
}
named <- function(x) ifelse(is.na(x), "missing", x)
out$differences <- list(age = number(one$age[!is.na(one$age)], other$age[!is.na(other$age)]),
                        age_missing = share(mean(is.na(one$age)), mean(is.na(other$age))),
                        site = many(named(one$site), named(other$site)),
                        site_x = share(mean(named(one$site) == "x"), mean(named(other$site) == "x")))
reverse <- function(x) {
  q <- quantile(survfit(Surv(days, event == 0) ~ 1, x, conf.type = "log-log"), c(0.25, 0.5, 0.75))
  list(quartiles = as.numeric(q$quantile), conf_low = as.numeric(q$lower[2]), conf_high = as.numeric(q$upper[2]))
}
out$reverse <- list(A = reverse(d[d$arm == "A", ]), B = reverse(d[d$arm == "B", ]))
lost <- d$event == 0 & d$days < d$until
# survfit of several causes leaves clusters out of its variance, so the influences are summed by client.
risks <- function(days, event) {
  parts <- lapply(c("A", "B"), function(a) {
    x <<- data.frame(days, event, client = d$client, row = seq_along(days))[d$arm == a, ]  # residuals() looks it up
    f <- survfit(Surv(days, factor(event, 0:3)) ~ 1, x, id = row)
    at <- sapply(c(30, 90), function(t) max(which(f$time <= t)))
    by <- sapply(c(30, 90), function(t) {
      u <- residuals(f, times = t, type = "pstate", weighted = TRUE)
      sqrt(colSums(rowsum(u, x$client)^2))[2]
    })
    list(risk = f$pstate[at, 2], std_error = unname(by))
  })
  list(risk = c(parts[[1]]$risk, parts[[2]]$risk), std_error = c(parts[[1]]$std_error, parts[[2]]$std_error))
}
out$bounds <- list(lost = as.integer(lost), observed = risks(d$days, d$event),
                   none = risks(ifelse(lost, d$until, d$days), d$event),
                   all = risks(ifelse(lost, d$days + 1, d$days), ifelse(lost, 1, d$event)))
rates <- lapply(c("A", "B"), function(a) {
  x <- d[d$arm == a, ]
  f <- glm(tests ~ 1 + offset(log(days)), poisson, x, control = glm.control(epsilon = 1e-15, maxit = 100))
  s <- sqrt(as.numeric(vcovCL(f, cluster = x$client, type = "HC0", cadjust = FALSE)))
  r <- exp(coef(f)[[1]] + c(0, -1, 1) * qnorm(0.975) * s) * 3043.75
  list(rate = r[1], conf_low = r[2], conf_high = r[3], log_se = s)
})
out$rates <- setNames(rates, c("A", "B"))
writeLines(toJSON(out, auto_unbox = TRUE, digits = I(15), dataframe = "columns", na = "null"), "reach_reference.json")
