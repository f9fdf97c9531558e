"""Generated pages: documentation that is made from the declarations, so that it cannot go stale."""

from tools.agreement import agreement
from tools.docs_pages.data_dictionary_page import data_dictionary
from tools.docs_pages.generated_pages import PAGES, write

__all__ = ["PAGES", "agreement", "data_dictionary", "write"]
