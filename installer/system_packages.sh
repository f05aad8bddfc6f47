#!/bin/sh
# Debian and Ubuntu packages this project needs: installs what is missing (as root), or
# prints the one line to run. A machine without apt goes on: its owner knows its packages.
#
#   installer/system_packages.sh venv|run|test...
#
# SYSTEM_PACKAGES=skip goes on without looking.
set -eu

VENV="python3-venv"
# What Qt's own wheels link against or load (X11 and Wayland, fonts, keyboard), a CJK font, and
# microphone and speaker by way of PulseAudio or PipeWire.
RUN="libegl1 libgl1 libglib2.0-0 libgssapi-krb5-2 libdbus-1-3 libfontconfig1 libfreetype6
     libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0
     libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0
     libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libwayland-cursor0 libwayland-egl1 fonts-noto-cjk
     libportaudio2 libasound2-plugins"
# Independent peers for the tests, a real Secret Service, a virtual screen, a virtual sound card,
# and the viewers that captures of ours must open in.
TEST="git kamailio kamailio-tls-modules baresip-core sip-tester gnome-keyring dbus xvfb xauth
      pulseaudio pulseaudio-utils tshark sngrep"

[ "${SYSTEM_PACKAGES:-}" != skip ] || exit 0
command -v apt-get >/dev/null 2>&1 || exit 0

present() {
    for name in "$1" "${1}t64"; do # Ubuntu 24.04 renamed some libraries
        case "$(dpkg-query -W -f ' ${db:Status-Status}\n' "$name" 2>/dev/null)" in
        *" installed"*) return 0 ;;
        esac
    done
    return 1
}

wanted=""
for group in "$@"; do
    case "$group" in
    venv) python3 -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted $VENV" ;;
    run) wanted="$wanted $RUN" ;;
    test) wanted="$wanted $TEST" ;;
    *) echo "system_packages.sh: unknown group $group" >&2; exit 2 ;;
    esac
done

missing=""
for package in $wanted; do
    present "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "These system packages are missing. Run this line, then the same make target again:" >&2
    echo "    sudo $install" >&2
    echo "(SYSTEM_PACKAGES=skip make ... goes on without them.)" >&2
    exit 1
fi

case "$missing" in
*kamailio*)
    # The tests start their own on free ports; the distribution's service is not wanted.
    if [ -d /run/systemd/system ]; then
        echo "Masking kamailio.service: the tests start their own Kamailio."
        systemctl mask kamailio.service
    fi
    ;;
esac

echo "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The index may be stale or absent: refresh it, but an unreachable extra source is no reason to stop.
apt-get update >"$log" 2>&1 </dev/null || tail -n 5 "$log" >&2
# shellcheck disable=SC2086  # words on purpose
if ! $install >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    echo "The packages could not be installed; the line was: $install" >&2
    exit 1
fi
