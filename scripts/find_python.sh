#!/bin/sh
# Prints a Python of 3.11 to 3.13 that can make virtual environments, or says what is missing.
# The system's own comes first: distributions build it optimised, version managers mostly do not.
# Measured: docs/benchmarks.md.
usable='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for name in ${PYTHON:-} /usr/bin/python3.11 /usr/bin/python3.12 /usr/bin/python3.13 \
    python3.11 python3.12 python3.13 python3 python; do
    if found=$(command -v "$name") && "$found" -c "$usable" >/dev/null 2>&1; then
        echo "$found"
        exit 0
    fi
done
# Nothing fits: say which of the two reasons it is.
for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "certainty: Python $version is there, but without its venv module." >&2
        echo "  On Debian or Ubuntu: sudo apt-get install python$version-venv" >&2
        exit 2
    fi
done
echo "certainty: Python 3.11, 3.12 or 3.13 is needed; python3 here is: $(python3 --version 2>&1 || true)" >&2
echo "  Install one (python.org, apt, brew, pyenv), or name it: make PYTHON=/path/to/python3.11 ..." >&2
exit 2
