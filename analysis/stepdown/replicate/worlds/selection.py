"""How strongly those with an exposure differ from those without it before any effect.

A trait u (standard normal) multiplies the hazard of relapse by exp(a u) and the odds of the exposure by
exp(-a u). The middle strength is that of the package's synthetic programs, whose case mix has the margins of
TEDS-D 2019 (`stepdown.synthetic`): over their clients the covariance of the log hazard of relapse and the log
odds of starting care is -0.31, which a = 0.56 gives too. The others are half of it and one and a half times.
"""

WEAK, TEDS_LIKE, STRONG = "weak", "TEDS-like", "strong"
SELECTION = {WEAK: 0.28, TEDS_LIKE: 0.56, STRONG: 0.84}
"""The number a of each strength."""
