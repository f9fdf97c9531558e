# Accelerated failure time regressions of cohort.csv (any event) and intervals.csv by R survival. Run in this
# folder:
#   Rscript accelerated_reference.R
suppressMessages(library(survival))
d <- read.csv("cohort.csv"); i <- read.csv("intervals.csv")
i <- i[!(i$low == 0 & is.infinite(i$high)), ]
d$b <- as.integer(d$arm == "B"); d$c <- as.integer(d$arm == "C"); d$z <- ((d$id * 37) %% 101) / 25
# Rows of intervals.csv have no covariates: two that follow from the row's place in the file.
i$x <- seq_len(nrow(i)) %% 2; i$z <- ((seq_len(nrow(i)) * 37) %% 101) / 25
# Weights are numbers of people.
d$count <- 1 + d$id %% 3; i$count <- 1 + seq_len(nrow(i)) %% 3
right <- Surv(d$day, d$cause > 0)
# interval2: NA is open; a left end at 0 is left-censored.
between <- Surv(ifelse(i$low == 0, NA, i$low), ifelse(is.finite(i$high), i$high, NA), type = "interval2")
tight <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))))
for (dist in c("weibull", "lognormal", "loglogistic")) {
  fits <- list(
    right = survreg(right ~ b + c + z, d, dist = dist, control = tight),
    right_weighted = survreg(right ~ b + c + z, d, weights = count, dist = dist, control = tight),
    interval = survreg(between ~ x + z, i, dist = dist, control = tight),
    interval_weighted = survreg(between ~ x + z, i, weights = count, dist = dist, control = tight))
  for (kind in names(fits)) {
    f <- fits[[kind]]; terms <- names(coef(f))[-1]
    out[[kind]][[dist]] <- list(
      coef = unname(coef(f)[terms]), std_error = unname(sqrt(diag(f$var))[match(terms, names(coef(f)))]),
      loglik = f$loglik[2])
  }
}
json <- function(v) {
  if (is.list(v)) return(paste0("{", paste0('"', names(v), '": ', sapply(v, json), collapse = ", "), "}"))
  parts <- if (is.numeric(v)) sprintf("%.17g", v) else paste0('"', v, '"')
  if (length(v) == 1) parts else paste0("[", paste(parts, collapse = ", "), "]")
}
top <- paste0('  "', names(out), '": ', sapply(out, json), collapse = ",\n")
writeLines(c("{", top, "}"), "accelerated_reference.json")
