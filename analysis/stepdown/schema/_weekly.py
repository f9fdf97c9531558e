"""Definitions that look at one result a week (`+ - * o _`), as the trials of opioid use disorder do."""

from stepdown.schema.declared import EndpointSpec

WEEKLY: tuple[EndpointSpec, ...] = ()
