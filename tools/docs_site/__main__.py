"""`python -m tools.docs_site` builds the documentation site in site/ and prints its first page."""

from tools.docs_site import build

if __name__ == "__main__":
    print(build())
