#!/bin/sh
# Is there a screen to open a window on? Says so in words before Qt would abort.
set -eu
[ "$(uname -s)" = Linux ] || exit 0
[ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ] || exit 0
echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)." >&2
echo "On a machine without one: 'xvfb-run -a make practice' (packages xvfb and xauth) opens the window on a virtual screen," >&2
echo "and the command line needs no screen at all: .venv/bin/python -m tccc_desk.cli --help" >&2
exit 1
