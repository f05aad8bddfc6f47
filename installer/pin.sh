#!/bin/sh
# Write requirements.txt and requirements-test.txt anew: newest versions that pyproject.toml
# allows, for Python 3.11 to 3.13 on every platform, each file with its hashes.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check uv
compile() {
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}
compile pyproject.toml -o requirements.txt
compile pyproject.toml --extra test -c requirements.txt -o requirements-test.txt
# The SIP libraries that make bench compares with; they are used by nothing else.
printf '%s\n' aiosipua rfcvoip pyVoIP==1.6.8 | compile - -o requirements-bench.txt
