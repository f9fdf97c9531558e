# Proportions of clients who count several times: the sandwich of package sandwich, and Wilson's interval
# of prop.test at the effective number of rows. Run in this folder: Rscript proportion_reference.R
suppressMessages({library(sandwich); library(jsonlite)})
y <- c(1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0)
client <- c(1, 1, 2, 3, 3, 4, 5, 5, 5, 6, 7, 7, 8, 9, 10, 10, 11, 11, 11, 12)
single <- seq_along(y)
one <- function(y, client, level) {
  v <- as.numeric(vcovCL(lm(y ~ 1), cluster = client, type = "HC0", cadjust = TRUE))
  p <- mean(y); n <- length(y)
  repeated <- any(duplicated(client))
  effect <- if (repeated) max(1, v / (p * (1 - p) / n)) else 1
  limits <- suppressWarnings(prop.test(p * n / effect, n / effect, correct = FALSE, conf.level = level))$conf.int
  list(rate = p, variance = v, design_effect = effect, conf_low = limits[1], conf_high = limits[2])
}
out <- list(versions = list(R = R.version.string, sandwich = as.character(packageVersion("sandwich"))),
            y = y, client = client, clustered = one(y, client, 0.95), single = one(y, single, 0.95),
            ninety = one(y, client, 0.90))
writeLines(toJSON(out, auto_unbox = TRUE, digits = I(15)), "proportion_reference.json")
