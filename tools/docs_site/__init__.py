"""The documentation site: guides, tutorials and the API reference as static pages, built offline."""

from tools.docs_site.building import build

__all__ = ["build"]
