# Sourced by run, test and check, which share one .venv: where we are, and how it is filled.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
venv=$root/.venv

# prepare [EXTRA]: install Sillage as requirements.lock says; nothing to do while that and pyproject.toml stay as they are.
prepare() {
    local extra=${1:-} wanted stamp
    wanted="$root $(cat "$root/pyproject.toml" "$root/requirements.lock" | cksum)"
    for stamp in "$venv/.prepared-$extra" "$venv/.prepared-dev"; do
        if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then return; fi
    done
    find_python >/dev/null
    echo "Installing into $venv: once, about 1 GB, most of it the embedded ClickHouse." >&2
    "$venv/bin/python" -c "" 2>/dev/null || make_venv
    in_venv_pip install -c "$root/requirements.lock" -e "$root${extra:+[$extra]}" >&2
    echo "$wanted" >"$venv/.prepared-$extra"
}

# Debian's python3 comes without what puts pip into a new environment; the pip beside it then installs from outside.
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
        echo "Sillage is installed with pip, and there is none: install it (on Debian: apt install python3-venv)." >&2
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
    echo "Sillage needs Python 3.11 or newer, and there is none on the PATH: install it (on Debian: apt install python3)." >&2
    return 2
}
