# Sourced by the other scripts, which share one .venv: its location, and how to fill it.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
venv=$root/.venv

# prepare [EXTRA]: install Sillage with the versions of requirements.lock, unless it and pyproject.toml are unchanged.
prepare() {
    local extra=${1:-} checksum stamp
    checksum="$root $(cat "$root/pyproject.toml" "$root/requirements.lock" | cksum)"
    for stamp in "$venv/.prepared-$extra" "$venv/.prepared-dev"; do
        if [[ -f $stamp && $(<"$stamp") == "$checksum" ]]; then return; fi
    done
    find_python >/dev/null
    "$venv/bin/python" -c "" 2>/dev/null || make_venv
    install_quietly -c "$root/requirements.lock" -e "$root${extra:+[$extra]}"
    # The engine declares them but works without them. They take 160 MB on the disk, and 50 MB of memory.
    in_venv_pip uninstall --quiet --yes pandas numpy >/dev/null 2>&1
    echo "$checksum" >"$venv/.prepared-$extra"
}

# install_quietly WORDS OF PIP...: show one line instead of pip's hundred. If pip fails, show its end and keep its log.
install_quietly() {
    local log=$venv/install.log began=$SECONDS status=0 progress="" line_end=$'\n'
    if [[ -t 2 ]]; then line_end=""; fi
    printf '%s' "Installing once: about 900 MB, mostly the embedded ClickHouse, in one to five minutes$line_end" >&2
    if [[ -t 2 ]]; then
        show_progress "$log" &
        progress=$!
    fi
    in_venv_pip install "$@" >"$log" 2>&1 || status=$?
    if [[ $progress ]]; then
        kill "$progress"
        wait "$progress" 2>/dev/null || true
        printf '\r\033[K' >&2
    fi
    if ((status)); then
        tail -n 20 "$log" >&2
        echo "The installation failed after $((SECONDS - began)) s. The whole log is in $log" >&2
        return "$status"
    fi
    rm "$log"
    echo "Installed $(megabytes) MB in $((SECONDS - began)) s" >&2
}

show_progress() {
    local began=$SECONDS
    while sleep 1 >/dev/null 2>&1; do
        printf '\r\033[K%s' "Installing: $(grep -c '^Collecting' "$1") packages, $(megabytes) of about 900 MB, $((SECONDS - began)) s" >&2
    done
}

megabytes() { du -sm "$venv" | cut -f 1; }

# Debian's python3 lacks ensurepip, so create the environment without pip and install with the system's pip.
make_venv() {
    local python
    python=$(find_python)
    "$python" -m venv --clear "$venv" >/dev/null 2>&1 || "$python" -m venv --clear --without-pip "$venv"
}

in_venv_pip() {
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    if "$venv/bin/python" -c "import pip" 2>/dev/null; then
        "$venv/bin/python" -m pip "$@"
    elif "$(find_python)" -c "import pip" 2>/dev/null; then
        "$(find_python)" -m pip --python "$venv/bin/python" "$@"
    else
        echo "Sillage needs pip to be installed (on Debian: apt install python3-venv)." >&2
        return 2
    fi
}

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Sillage needs Python 3.11 or newer on the PATH (on Debian: apt install python3)." >&2
    return 2
}
