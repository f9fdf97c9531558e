"""Generated pages: documentation that is made from the declarations, so that it cannot go stale."""

from stepdown.docs._dictionary import DICTIONARY, data_dictionary, write

__all__ = ["DICTIONARY", "data_dictionary", "write"]
