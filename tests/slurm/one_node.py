"""A Slurm of one node, from Debian's packages, that leaves nothing behind but its logs.

Its configuration, keys, sockets and state lie in one folder; the daemons run as the user who starts them and end with
the block that uses them. Processes are told apart by /proc (no cgroups), so that it also runs within a container. The
node has a GPU in its books only, for jobs that ask for one.
"""

import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
CPUS, MEMORY_MIB = 2, 16_384  # at least, in Slurm's books: what the labels ask for fits
PARTITION, GPU_PARTITION = "work", "gpu"
JOBS = "jobs.txt"  # a line per job that has ended, from Slurm's plugin jobcomp/filetxt
SECONDS_TO_START = 60


def install() -> None:
    """Install Slurm where it is missing; without the right to do so, say what to do and end."""
    programs = ("slurmctld", "slurmd", "munged")
    if all(shutil.which(program) for program in programs):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise SystemExit(f"Slurm is missing: install the Debian packages {' and '.join(PACKAGES)}, then try again.")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "--quiet", "--quiet", *words], env=environment, check=True)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Start Slurm in an empty folder; yield the environment of its commands, such as sbatch.

    Raises
    ------
    SystemExit
        If a daemon ends or the node is not ready in time; the logs in the folder say why.
    """
    configure(folder)
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
    daemons = {
        "munged": [
            "--foreground", f"--key-file={folder / 'munge.key'}", f"--socket={folder / 'munge.socket'}",
            f"--pid-file={folder / 'munged.pid'}", f"--seed-file={folder / 'munge.seed'}",
        ],
        "slurmctld": ["-D"],
        "slurmd": ["-D"],
    }  # fmt: skip
    with contextlib.ExitStack() as started:
        for name, words in daemons.items():
            log = started.enter_context((folder / f"{name}.out").open("w"))
            program = shutil.which(name)
            daemon = subprocess.Popen([program, *words], env=environment, stdout=log, stderr=subprocess.STDOUT)
            started.callback(_end, daemon)
            _wait_until(lambda name=name: _ready(name, folder, environment), daemon, name)
        started.callback(_cancel_all, environment)
        yield environment


def configure(folder: Path) -> None:
    """Write the configuration and the key of a Slurm that lives in the folder."""
    folder.chmod(0o711)  # munged refuses a socket that others could not reach
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    host, user = socket.gethostname().split(".")[0], getpass.getuser()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    control, node = _free_ports(2)
    settings = {
        "ClusterName": "one_node",
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmctldPort": control,
        "SlurmdPort": node,
        "SlurmUser": user,
        "SlurmdUser": user,
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={folder / 'munge.socket'}",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "SlurmctldLogFile": folder / "slurmctld.log",
        "SlurmdLogFile": folder / "slurmd.log",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "MpiDefault": "none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_CPU_Memory",
        "SchedulerParameters": "sched_interval=5,bf_interval=5",
        "SlurmdParameters": "config_overrides",  # the books count, not what the machine has
        "JobCompType": "jobcomp/filetxt",
        "JobCompLoc": folder / JOBS,
        "MinJobAge": 86_400,  # seconds that an ended job stays in the books
        "MailProg": "/bin/true",
        "GresTypes": "gpu",
        "ReturnToService": 2,
    }
    node_line = (
        f"NodeName={host} NodeAddr=127.0.0.1 CPUs={max(CPUS, os.cpu_count() or 1)} "
        f"RealMemory={max(MEMORY_MIB, memory)} Gres=gpu:1 State=UNKNOWN"
    )
    lines = [f"{name}={value}" for name, value in settings.items()] + [node_line]
    lines += [f"PartitionName={PARTITION} Nodes={host} Default=YES", f"PartitionName={GPU_PARTITION} Nodes={host}"]
    (folder / "slurm.conf").write_text("\n".join(lines) + "\n")
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _ready(name: str, folder: Path, environment: dict[str, str]) -> bool:
    if name == "munged":
        return (folder / "munge.socket").exists()
    command = ["scontrol", "ping"] if name == "slurmctld" else ["sinfo", "--noheader", "--format=%t"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return " is UP" in found.stdout if name == "slurmctld" else set(found.stdout.split()) == {"idle"}


def _wait_until(is_ready, daemon: subprocess.Popen, name: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not is_ready():
        if daemon.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{name} did not start: its log says why.")
        time.sleep(0.5)


def _cancel_all(environment: dict[str, str]) -> None:
    """Cancel jobs that a failed run has left, and wait until none runs."""
    for _ in range(20):
        listed = subprocess.run(["squeue", "--noheader"], env=environment, capture_output=True, text=True, check=False)
        if not listed.stdout.strip():
            return
        subprocess.run(["scancel", f"--user={getpass.getuser()}"], env=environment, check=False)
        time.sleep(1)


def _end(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(timeout=30)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
