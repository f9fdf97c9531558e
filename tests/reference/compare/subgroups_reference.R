# Reference numbers for dose and Holm's adjustment, by R survival and stats. Run in this folder: Rscript subgroups_reference.R
suppressMessages({library(survival); library(splines)})
options(digits = 15)
d <- read.csv("../survival/cohort.csv")
d$ev <- as.integer(d$cause == 1)
d$z <- ((d$id * 37) %% 101) / 25
# Weeks of care: none for two of five, else 1 to 7.
d$dose <- ifelse(d$id %% 5 < 2, 0, 1 + (d$id * 13) %% 7)
k <- quantile(d$dose[d$dose > 0], c(0.1, 0.5, 0.9))
f <- coxph(Surv(day, ev) ~ ns(dose, knots = k[2], Boundary.knots = k[c(1, 3)]) + z, data = d,
           control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
at <- c(0, 1.75, 3.5, 5.25, 7)
basis <- ns(at, knots = k[2], Boundary.knots = k[c(1, 3)])
change <- sweep(basis, 2, basis[1, ])
log_ratio <- drop(change %*% coef(f)[1:2])
se <- sqrt(diag(change %*% vcov(f)[1:2, 1:2] %*% t(change)))
p <- c(0.01, 0.2, 0.03, 0.04, 0.005)
json <- function(x) paste0("[", paste(format(unname(x), digits = 15), collapse = ", "), "]")
cat(sprintf('{"knots": %s,\n"at": %s,\n"log_ratio": %s,\n"se": %s,\n"p": %s,\n"holm": %s}\n', json(k), json(at),
            json(log_ratio), json(se), json(p), json(p.adjust(p, "holm"))), file = "subgroups_reference.json")
