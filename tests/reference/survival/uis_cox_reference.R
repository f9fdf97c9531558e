# Reference numbers for Cox regression on UIS (complete rows of 628) by R survival; aggregates only.
# Run in this folder, with STEPDOWN_REAL_DATA naming the folder that holds uis/uis_628.csv:
#   Rscript uis_cox_reference.R
suppressMessages({library(survival); library(jsonlite)})
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
d <- read.csv(file.path(Sys.getenv("STEPDOWN_REAL_DATA"), "uis", "uis_628.csv"))
d <- d[!is.na(d$age) & !is.na(d$ndrugtx), ]
d$row <- seq_len(nrow(d))
model <- Surv(time, censor) ~ age + ndrugtx + treat + site
one <- function(ties) {
  f <- coxph(model, d, ties = ties, control = tight)
  g <- coxph(model, d, ties = ties, cluster = row, control = tight)
  zph <- lapply(c("km", "rank", "identity", "log"), function(t) unname(cox.zph(f, transform = t)$table[, "chisq"]))
  list(coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), robust = unname(sqrt(diag(g$var))), loglik = f$loglik,
       concordance = f$concordance[["concordance"]], zph = setNames(zph, c("km", "rank", "identity", "log")))
}
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
            efron = one("efron"), breslow = one("breslow"))
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "uis_cox_reference.json")
