# Reference numbers for the comparison of sites, by R survival and MASS. Run in this folder: Rscript sites_reference.R
suppressMessages({library(survival); library(MASS)})
options(digits = 15)
# Expected events: Cox model stratified by site with a ridge of 1, baseline pooled, up to day 60.
d <- read.csv("../survival/cohort.csv")
d$b <- as.integer(d$arm == "B"); d$c <- as.integer(d$arm == "C"); d$z <- ((d$id * 37) %% 101) / 25
d$t <- pmin(d$day, 60); d$ev <- as.integer(d$cause == 1 & d$day <= 60)
f <- coxph(Surv(t, ev) ~ ridge(b, c, z, theta = 1, scale = FALSE) + strata(site), data = d,
           control = coxph.control(eps = 1e-14, iter.max = 50))
d$lp <- as.matrix(d[, c("b", "c", "z")]) %*% coef(f)
pooled <- coxph(Surv(t, ev) ~ offset(lp), data = d, ties = "breslow")
expected <- tapply(predict(pooled, type = "expected"), d$site, sum)
# Shrinkage: Scottish lip cancer (Clayton and Kaldor 1987), observed and expected cases of 56 counties.
lip <- read.csv("lip_cancer.csv")
g <- glm.nb(observed ~ offset(log(expected)), data = lip, control = glm.control(epsilon = 1e-14, maxit = 100))
# Exact Poisson quantiles around the control limits at 2.5% and 99.9%.
means <- c(0.5, 3, 10, 24.6)
json <- function(x) paste0("[", paste(format(x, digits = 15), collapse = ", "), "]")
cat("{\n", file = "sites_reference.json")
put <- function(name, x, end = ",") cat(sprintf('"%s": %s%s\n', name, json(x), end), file = "sites_reference.json", append = TRUE)
put("coef", unname(coef(f)))
put("site", sort(unique(d$site)))
put("expected", unname(expected))
put("lip_mean", unname(exp(coef(g))))
put("lip_shape", g$theta)
put("means", means)
put("count_low", qpois(0.025, means))
put("below_low", ppois(qpois(0.025, means), means))
put("at_low", dpois(qpois(0.025, means), means))
put("count_high", qpois(0.999, means))
put("below_high", ppois(qpois(0.999, means), means))
put("at_high", dpois(qpois(0.999, means), means), "")
cat("}\n", file = "sites_reference.json", append = TRUE)
