"""Lets `python -m bench` run the benchmarks."""

from bench.cli import run

if __name__ == "__main__":
    run()
