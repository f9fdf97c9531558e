"""Generated pages: documentation that is made from the declarations, so that it cannot go stale."""

from stepdown.docs._dictionary import data_dictionary
from stepdown.docs._pages import PAGES, write
from stepdown.docs.agreement import agreement

__all__ = ["PAGES", "agreement", "data_dictionary", "write"]
