# One job by R, timed: Rscript rivals.R engine.csv job replicates. Prints the seconds, nothing else.
suppressMessages({library(survival); library(cmprsk)})
said <- commandArgs(trailingOnly = TRUE)
d <- read.csv(said[1]); replicates <- as.integer(said[3])
d$event <- as.integer(d$cause == 1)
d$any <- as.integer(d$cause > 0)
d$state <- factor(d$cause, 0:2, c("censored", "relapse", "other"))
d$row <- seq_len(nrow(d))
terms <- paste0("x", 1:11)
model <- function(left) as.formula(paste(left, "~", paste(terms, collapse = " + ")))
jobs <- list(
  cox = function() {
    left <- if (any(d$entry > 0)) "Surv(entry, days, event)" else "Surv(days, event)"
    coxph(model(left), d, weights = weight, cluster = cluster)
  },
  fine_gray = function() {
    long <- finegray(Surv(days, state) ~ ., data = d, weights = weight, etype = "relapse")
    coxph(model("Surv(fgstart, fgstop, fgstatus)"), long, weights = fgwt, cluster = cluster)
  },
  incidence = function() summary(survfit(Surv(days, state) ~ arm, d, weights = weight, cluster = cluster)),
  arms = function() {
    survdiff(Surv(days, any) ~ arm, d)
    cuminc(d$days, d$cause, d$arm)
    summary(survfit(Surv(days, any) ~ arm, d), rmean = 90)
    summary(survfit(Surv(days, state) ~ arm, d), times = c(30, 90, 365))
  },
  bootstrap = function() {
    person <- as.integer(factor(d$cluster))
    for (one in seq_len(replicates)) {
      times <- tabulate(sample.int(max(person), replace = TRUE), max(person))[person]
      again <- d[times > 0, ]
      again$both <- (times * d$weight)[times > 0]
      summary(survfit(Surv(days, any) ~ arm, again, weights = both, se.fit = FALSE), times = c(30, 60, 90))
    }
  },
  ph_test = NULL
)
if (said[2] == "fine_gray") d <- d[c("days", "state", "weight", "cluster", "row", terms)]
if (said[2] == "ph_test") {
  fit <- coxph(model("Surv(days, event)"), d)
  took <- system.time(cox.zph(fit))
} else {
  took <- system.time(jobs[[said[2]]]())
}
cat(took[["elapsed"]], "\n")
