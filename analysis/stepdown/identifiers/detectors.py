"""All detectors, by the 18 kinds of 45 CFR 164.514(b)(2); the first that fits names the kind."""

from stepdown.identifiers.date_detectors import DATE_DETECTORS
from stepdown.identifiers.number_detectors import GIVEN_NUMBERS, MADE_CODES
from stepdown.identifiers.person_detectors import CONTACTS, NAMES, PLACES, SOCIAL_SECURITY

DETECTORS = (
    *NAMES,
    *PLACES,
    *DATE_DETECTORS,
    *CONTACTS,
    *SOCIAL_SECURITY,
    *MADE_CODES,
    *GIVEN_NUMBERS,
)
