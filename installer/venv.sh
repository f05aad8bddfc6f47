#!/bin/sh
# Make the virtual environment if it is not there, and put the pinned packages into it.
#
#   installer/venv.sh FOLDER REQUIREMENTS
#
# PYTHON names the interpreter to use; without it the first of python3, python3.13,
# python3.12 and python3.11 that is 3.11 to 3.13.
set -eu
folder=$1
requirements=$2

suits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

if ! suits "$folder/bin/python"; then
    chosen=""
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if suits "$candidate"; then
            chosen=$candidate
            break
        fi
    done
    if [ -z "$chosen" ]; then
        echo "TCCC Desk needs Python 3.11, 3.12 or 3.13, and none of them was found." >&2
        exit 1
    fi
    rm -rf "$folder"
    if ! "$chosen" -m venv "$folder"; then
        rm -rf "$folder"
        echo "Python cannot make a virtual environment; on Debian and Ubuntu the package python3-venv is missing." >&2
        exit 1
    fi
fi

echo "Installing Python packages from $requirements into $folder (the first time takes a minute)"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$requirements"
