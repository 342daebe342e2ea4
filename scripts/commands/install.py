"""`sillage install`: print a systemd unit for this installation, every value explained."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from scripts.config import loading
from scripts.config.settings import BY_NAME
from scripts.console.errors import Refusal

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


@click.command()
@click.option("--user", default="sillage", show_default=True, metavar="NAME", help="System user that runs the server.")
@click.pass_obj
def install(options: Mapping[str, str] | None, user: str) -> None:
    """Print a systemd unit for this installation.

    It runs the server as a user of its own, which can write nothing but its data directory. Nothing is changed: the
    first lines of the unit say what to do with it.

    Example: sillage install --user sillage
    """
    config = loading.load(options)
    named = (options or {}).get("data_dir")
    data_dir = config.data_dir if named else Path("/var/lib/sillage")
    program = Path(sys.prefix) / "bin" / "sillage"
    for path in (program, data_dir):
        if any(character in str(path) for character in ' \t"%\\'):
            raise Refusal(f"systemd can't use the path {path}: it contains a space or one of the characters \" % \\.")
    click.echo(unit(program, data_dir=data_dir, user=user), nl=False)


def unit(program: Path, *, data_dir: Path, user: str) -> str:
    """Return the unit. program: the absolute path of `sillage`."""
    homes = "read-only" if any(program.is_relative_to(home) for home in _HOMES) else "yes"
    if any(data_dir.is_relative_to(home) for home in _HOMES):
        homes = "no"
    return _UNIT.format(
        program=program,
        data_dir=data_dir,
        user=user,
        homes=homes,
        data_variable=BY_NAME["data_dir"].variable,
        salt_variable=BY_NAME["salt_dir"].variable,
    )


_UNIT = """\
# Sillage, as a service that starts with the machine:
#   sudo useradd --system --home-dir {data_dir} --shell /usr/sbin/nologin {user}
#   sudo install --directory --owner {user} --group {user} --mode 0700 {data_dir}
#   sudo {program} --data-dir {data_dir} install | sudo tee /etc/systemd/system/sillage.service
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now sillage
#   sudo journalctl --unit sillage        the sign-in link of the first start
# Settings go into {data_dir}/sillage.toml. Commands need the same user:
#   sudo --user {user} {program} --data-dir {data_dir} sites add example.org

[Unit]
Description=Sillage, cookieless web analytics
# Addresses and names of this machine must exist, for example to resolve host names of exclusions.
After=network-online.target
Wants=network-online.target

[Service]
# Started once the program runs, and not before, so that a misspelt path is an error.
Type=exec
ExecStart={program} serve
User={user}
Group={user}
Environment={data_variable}={data_dir}
# The salts: in memory, for this user only. They survive a restart of the service, and end with the machine.
Environment={salt_variable}=/run/sillage
RuntimeDirectory=sillage
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
# After a crash, two seconds later.
Restart=on-failure
RestartSec=2
# Accepted events are written before it ends. This usually takes a second.
TimeoutStopSec=60
# Everything it writes is private to its user.
UMask=0077
# A file for each column of a part, and one for each connection.
LimitNOFILE=65536
# No memory is written to the disk: addresses are in it, for as long as a request takes, and salts for a day.
LimitCORE=0
MemorySwapMax=0
# The file of the salts is locked in memory.
LimitMEMLOCK=1M

# Nothing but the data directory can be written. The rest of the machine is read-only, or not there.
ProtectSystem=strict
ReadWritePaths={data_dir}
ProtectHome={homes}
PrivateTmp=yes
PrivateDevices=yes
# Other processes are not there, and this service's are not seen.
ProtectProc=invisible
# The kernel can't be changed: no settings, no modules, no log, no clock, no host name.
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
# No rights of root, now or later: the port is above 1024. For port 80, add CAP_NET_BIND_SERVICE to both.
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
RestrictSUIDSGID=yes
# The network, and the socket for commands. Netlink lists the addresses of this machine when names are resolved.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
# What a server needs of the kernel, without the calls for debugging, mounting, swapping and rebooting.
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# The server raises its own limit of open files, and ClickHouse sets priorities of threads.
SystemCallFilter=setrlimit prlimit64 setpriority sched_setaffinity sched_setscheduler ioprio_set
SystemCallErrorNumber=EPERM
SystemCallArchitectures=native
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
RemoveIPC=yes
# Not set: MemoryDenyWriteExecute, because ClickHouse may compile expressions, and IPAddressDeny, because visitors come
# from everywhere.

[Install]
WantedBy=multi-user.target
"""
