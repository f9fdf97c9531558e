"""`python -m tools.docs_pages` writes the generated pages of docs/."""

from tools.docs_pages import write

if __name__ == "__main__":
    for page in write():
        print(page)
