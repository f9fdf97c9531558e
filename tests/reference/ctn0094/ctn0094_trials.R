# Reference numbers for the study files in notebooks/ctn0094, by R survival; aggregates only, by arm (the
# smallest has 283 people). Event weeks are found here anew, by regular expressions. Run in this folder:
#   python words.py | Rscript ctn0094_trials.R
# An event is dated to the last day of its week. Who has none is followed to the last day of the word. A death
# ends observation; an event must have been confirmed by then. Follow-up is cut at the studies' horizons.
suppressMessages({library(survival); library(jsonlite)})
d <- read.csv(file("stdin"), colClasses = c(project = "character"))
weeks <- list(ctn0094_relapse = c(4, 0), lee_2018 = c(4, 2), krupitsky_2004 = c(3, 0))
horizon <- c("27" = 140, "30" = 90, "51" = 140)
# The order of the contrast in each study file.
order <- list("27" = c("Outpatient BUP", "Methadone"),
              "30" = c("Outpatient BUP + EMM", "Outpatient BUP + SMM"),
              "51" = c("Inpatient NR-NTX", "Inpatient BUP"))

trial <- function(name, rule) {
  t <- d[d$project == name, ]
  w <- substring(chartr("o*", "++", t$word), rule[2] + 1)
  first <- regexpr(strrep("[+]", rule[1]), w)
  onset <- 7 * (first + rule[2])
  confirmed <- onset + 7 * (rule[1] - 1)
  limit <- ifelse(is.na(t$dead), Inf, t$dead)
  event <- first > 0 & confirmed <= limit
  days <- ifelse(event, onset, pmin(7 * nchar(t$word), limit))
  at <- c(30, 60, 90, 140)
  at <- at[at <= horizon[[name]]]
  event <- event & days <= max(at)
  days <- pmin(days, max(at))
  arm <- factor(t$treatment, order[[name]])
  fit <- survfit(Surv(days, event) ~ arm, conf.type = "log-log")
  by <- summary(fit, times = at)
  med <- quantile(fit, 0.5)
  list(n = as.vector(table(arm)), days = at,
       risk = 1 - by$surv, std_error = by$std.err, conf_low = 1 - by$upper, conf_high = 1 - by$lower,
       median = as.vector(med$quantile), logrank = survdiff(Surv(days, event) ~ arm)$chisq)
}

out <- list(versions = list(R = R.version.string, survival = as.character(packageVersion("survival"))))
for (name in names(horizon)) for (rule in names(weeks))
  out[[paste(name, rule)]] <- trial(name, weeks[[rule]])
# All 17 digits: jsonlite itself stops at 15.
exact <- rapply(out, function(v) sprintf("#%.17g", v), c("numeric", "integer"), how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE)
writeLines(gsub('"#([^"]*)"', "\\1", gsub('"#(NA|NaN)"', "null", text)), "ctn0094_trials.json")
