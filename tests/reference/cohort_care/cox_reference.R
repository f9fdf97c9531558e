# Reference numbers for time-varying care by R survival, from rows that were cut by hand. Run in this folder:
#   Rscript cox_reference.R
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv("expanded.csv")
d$intensive <- as.numeric(d$state %in% c("php", "iop"))
d$outpatient <- as.numeric(d$state == "outpatient")
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 50))
f <- coxph(Surv(start, stop, event == 1) ~ intensive + outpatient + age, d, cluster = client_id, control = tight)
out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
            coef = unname(coef(f)), std_error = unname(sqrt(diag(f$var))), se_model = unname(sqrt(diag(f$naive.var))))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "cox.json")
