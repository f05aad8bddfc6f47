#!/usr/bin/env bash
# Prove the README on a bare Debian 12: a root file system with nothing but python3, make and
# ca-certificates, a fresh clone of the last commit in it, and then
#
#   make practice   the window opens on a virtual screen, its trunk registers and a call is answered
#   make test       passes
#
#   installer/prove_bare.sh [practice|test|all|COMMAND...]
#
# As root, with mmdebstrap; practice also needs Xvfb and xdotool (the screen is this machine's,
# so that nothing more goes into the root). This machine's package sources, certificates and pip
# settings are copied in. KEEP=1 leaves the root behind; BARE_ROOT=FOLDER uses one again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
checkout=$PWD

fail() {
    echo "prove-bare: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || fail "run it as root: it makes a root file system and enters it"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install -y mmdebstrap xvfb xdotool"

root=${BARE_ROOT:-$(mktemp -d /var/tmp/tccc-bare.XXXXXX)}
started=()
clean_up() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    if [ -n "${KEEP:-}${BARE_ROOT:-}" ]; then
        echo "The root is left in $root"
    else
        rm -rf --one-file-system "$root"
    fi
}
trap clean_up EXIT

make_root() {
    local sources=/etc/apt/sources.list.d/debian.sources
    [ -e "$sources" ] || sources=/etc/apt/sources.list
    echo "== A bare Debian 12 in $root"
    mmdebstrap --quiet --variant=minbase --include=python3,make,ca-certificates bookworm "$root" "$sources"
    # The machine's package-client settings: certificates, pip's files, apt's fetching options.
    cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    for file in /etc/pip.conf "$HOME/.config/pip/pip.conf"; do
        [ -e "$file" ] || continue
        mkdir -p "$root$(dirname "$file")"
        grep -vE 'find-links|file:' "$file" >"$root$file" || true # folders of this machine only
    done
    for file in /etc/apt/apt.conf.d/*; do
        if grep -q 'Acquire::' "$file" && ! grep -q 'Invoke' "$file"; then cp "$file" "$root$file"; fi
    done
}

lay_clone() {
    rm -rf "$root/srv/tccc"
    mkdir -p "$root/srv/tccc"
    git -c safe.directory='*' clone --quiet --no-hardlinks "$checkout" "$root/srv/tccc/desk"
    # Reference data that lies beside a checkout, where there is any.
    [ ! -d ../shared ] || cp -r ../shared "$root/srv/tccc/shared"
}

# inside [--offline] COMMAND: runs it in the clone; everything it started ends with it.
inside() {
    local offline=()
    if [ "$1" = --offline ]; then
        offline=(--net)
        shift
    fi
    local settings=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8)
    while IFS= read -r line; do settings+=("$line"); done < <(
        env | grep -E '^(PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT|PROXY)|SSL_CERT_[A-Z]+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|[a-zA-Z]+_(proxy|PROXY)|DISPLAY|CI)=' || true
    )
    local replace=()
    [ "$BASHPID" = "$$" ] || replace=(exec) # in the background: so that its process id is what $! says
    # shellcheck disable=SC2016  # expanded by the inner shell
    "${replace[@]}" unshare --mount --pid --fork --kill-child --ipc --uts "${offline[@]}" bash -euc '
        root=$1
        cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        mkdir -p "$root/tmp/.X11-unix" /tmp/.X11-unix
        mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
        if [ "$2" = offline ]; then
            python3 -c "
import fcntl, socket, struct
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack(\"16sh\", b\"lo\", 0x49))  # SIOCSIFFLAGS: lo is up and running"
        fi
        exec env -i "${@:4}" chroot "$root" sh -c "cd /srv/tccc/desk && $3"
    ' bash "$root" "${offline:+offline}" "$1" "${settings[@]}" </dev/null
}

open_screen() {
    command -v Xvfb >/dev/null && command -v xdotool >/dev/null || fail "practice needs Xvfb and xdotool"
    local number=$root/display
    Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$number" >/dev/null 2>&1 &
    started+=($!)
    until [ -s "$number" ]; do sleep 0.1; done
    DISPLAY=:$(cat "$number")
    export DISPLAY
}

window() { # window SECONDS: its id, once it is visible
    local id=""
    for _ in $(seq "$1"); do
        id=$(xdotool search --onlyvisible --name 'TCCC Desk' 2>/dev/null | head -n 1) || true
        if [ -n "$id" ]; then
            echo "$id"
            return 0
        fi
        sleep 1
    done
    return 1
}

prove_practice() {
    open_screen
    echo "== make practice (sets itself up)"
    inside 'make practice' >"$root/practice.log" 2>&1 &
    local practice=$!
    started+=("$practice")
    local id
    id=$(window 900) || { tail -n 40 "$root/practice.log"; fail "no window came"; }
    echo "The window is there: $(xdotool getwindowname "$id")"
    xdotool windowfocus --sync "$id"
    xdotool key ctrl+q
    wait "$practice" || { tail -n 40 "$root/practice.log"; fail "the window did not close as it should"; }
    echo "== make practice again, without any network, watched on its loopback"
    inside --offline 'python3 installer/watch_practice.py make practice' >"$root/watch.log" 2>&1 &
    practice=$!
    started+=("$practice")
    id=$(window 60) || { cat "$root/watch.log"; fail "no window came without a network"; }
    seen registered
    xdotool windowfocus --sync "$id"
    xdotool key F5
    seen 'sound both ways'
    xdotool key ctrl+q
    wait "$practice" || { cat "$root/watch.log"; fail "the window did not leave as it should"; }
    cat "$root/watch.log"
    echo "The trunk registered, F5 placed a call that was answered, and Ctrl+Q left nothing behind."
}

seen() { # seen STEP: wait for a line of the watch's log
    for _ in $(seq 300); do
        ! grep -q "^$1" "$root/watch.log" || return 0
        sleep 0.2
    done
    cat "$root/watch.log"
    fail "not seen on the wire: $1"
}

prove_test() {
    echo "== make test"
    inside 'make test'
}

[ -e "$root/usr/bin/python3" ] || make_root
lay_clone
case "${1:-all}" in
practice) prove_practice ;;
test) prove_test ;;
all)
    prove_practice
    prove_test
    ;;
*) inside "$*" ;;
esac
