"""The registry of endpoints: every definition, looked up by name."""

from stepdown.schema.declared import EndpointSpec
from stepdown.schema.definitions import DAILY
from stepdown.schema.weekly import WEEKLY

ENDPOINTS: tuple[EndpointSpec, ...] = (*DAILY, *WEEKLY)


def endpoint(name: str) -> EndpointSpec:
    """Return the endpoint of this name ("first_use@1"); KeyError if there is none."""
    for spec in ENDPOINTS:
        if spec.name == name:
            return spec
    raise KeyError(name)
