# Weighted and clustered rates of cohort.csv: Poisson regression with the sandwich of package sandwich.
# Run in this folder: Rscript rates_reference.R
suppressMessages({library(survival); library(sandwich); library(jsonlite)})
d <- read.csv("cohort.csv")
d$any <- as.integer(d$cause > 0)
cuts <- c(0, 9, 24, 60)
rows <- survSplit(Surv(entry, day, any) ~ ., d, cut = cuts[-1], episode = "band")
rows <- rows[rows$entry < 60, ]
rows$time <- rows$day - rows$entry
rows$cell <- interaction(rows$arm, rows$band, lex.order = TRUE)
one <- function(weight, cluster) {
  rows$w <- weight(rows)
  fit <- suppressWarnings(glm(any ~ 0 + cell + offset(log(time)), poisson, rows, weights = w,
                              control = glm.control(epsilon = 1e-15, maxit = 100)))
  v <- vcovCL(fit, cluster = cluster(rows), type = "HC0", cadjust = FALSE)
  b <- coef(fit); s <- sqrt(diag(v)); z <- qnorm(0.975)
  cells <- levels(rows$cell); k <- length(cuts) - 1
  pick <- function(a, band) match(paste(a, band, sep = "."), cells)
  contrasts <- lapply(seq_len(k), function(band) lapply(c("A", "B"), function(a) {
    i <- pick(a, band); j <- pick("C", band)
    g <- c(exp(b[i]), -exp(b[j]))
    list(difference = unname(exp(b[i]) - exp(b[j])), se_difference = sqrt(drop(t(g) %*% v[c(i, j), c(i, j)] %*% g)),
         ratio = unname(exp(b[i] - b[j])), se_log_ratio = sqrt(v[i, i] + v[j, j] - 2 * v[i, j]))
  }))
  list(rate = unname(exp(b)), std_error = unname(exp(b) * s), conf_low = unname(exp(b - z * s)), conf_high = unname(exp(b + z * s)),
       contrasts = contrasts)
}
out <- list(versions = list(R = R.version.string, sandwich = as.character(packageVersion("sandwich"))),
            cluster = one(function(x) rep(1, nrow(x)), function(x) x$site),
            weight = one(function(x) x$weight, function(x) x$id),
            wide = one(function(x) x$wide, function(x) x$id),
            both = one(function(x) x$weight, function(x) x$site))
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", text), "rates_reference.json")
