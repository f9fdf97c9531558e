"""`python -m stepdown` is the command line."""

from stepdown.cli import main

if __name__ == "__main__":
    main()
