"""Lets `python -m pipeline` be the `certainty` command."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
