#!/bin/sh
# Makes .venv with exactly what requirements.lock names. Needs Python 3.11 to 3.13 and a network.
set -eu
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9

python=$(sh scripts/find_python.sh)
if ! .tools/bin/uv --version 2>/dev/null | grep -q "uv $UV_VERSION"; then
    echo "certainty: installing uv $UV_VERSION into .tools" >&2
    "$python" -m venv --clear .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" || {
        echo "certainty: uv could not be installed; is the network there? (pip said why, above)" >&2
        exit 4
    }
fi

# uv does not read pip's settings: a mirror or a certificate that pip uses is meant for uv, too.
of_pip() { .tools/bin/python -m pip config get "$1" 2>/dev/null || true; }
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=${PIP_INDEX_URL:-$(of_pip global.index-url)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
fi
certificate=${PIP_CERT:-$(of_pip global.cert)}
if [ -z "${SSL_CERT_FILE:-}" ] && [ -n "$certificate" ]; then
    export SSL_CERT_FILE="$certificate"
fi
export UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"

.venv/bin/python -c '' 2>/dev/null || .tools/bin/uv venv --quiet --clear --python "$python" .venv
echo "certainty: installing what requirements.lock names into .venv" >&2
# Compiled now: where PYTHONDONTWRITEBYTECODE is set every start would do it again, nearly half of a start.
.tools/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock || {
    echo "certainty: the packages could not be installed (uv said why, above). Run it again: what is" >&2
    echo "  downloaded is kept. Behind a mirror set UV_DEFAULT_INDEX=https://.../simple" >&2
    exit 4
}
.tools/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
