"""What Nextflow's trace asks for each task beside what Slurm's own records say of its job."""

import re
from pathlib import Path

import pandas as pd
from bench.cases.labels import Asked, declared

TRACE = (
    "trace.raw = true\n"
    "trace.fields = 'native_id,process,tag,name,status,attempt,cpus,memory,time'\n"
    "executor.pollInterval = '2 sec'\n"
)
"""Numbers instead of words, and the number of each job: `-c` with a file of this."""
MIB, MS_IN_MINUTE = 2**20, 60_000
UNITS = {"M": 1, "G": 1024, "T": 1024**2}  # of memory, in MiB
RESOURCES = {"cpus": "CPUs", "memory": "memory, MiB", "minutes": "minutes", "gpus": "GPUs", "partition": "partition"}


def asked(trace: Path, *, partition: str, gpu_partition: str | None = None, of_gpu: frozenset[str]) -> pd.DataFrame:
    """Return what each task of a raw trace asked for, by number of its job.

    Parameters
    ----------
    trace
        Trace with the fields of :data:`TRACE`.
    partition, gpu_partition
        Where tasks were sent to, and those with a GPU; None: the run has no GPU.
    of_gpu
        Processes with the label process_gpu.
    """
    table = pd.read_csv(trace, sep="\t")
    process = table["process"].str.split(":").str[-1]
    on_gpu = process.isin(of_gpu) & (gpu_partition is not None)
    found = pd.DataFrame(
        {
            "process": process,
            "status": table["status"],
            "cpus": table["cpus"],
            "memory": table["memory"] // MIB,
            "minutes": table["time"] // MS_IN_MINUTE,
            "gpus": on_gpu.astype(int),
            "partition": on_gpu.map({True: gpu_partition, False: partition}),
        }
    )
    return found.set_index(table["native_id"].rename("job"))


def recorded(log: str, books: str) -> pd.DataFrame:
    """Return what Slurm says of each job: its log of completed jobs, and its books for the GPUs.

    Parameters
    ----------
    log
        What the plugin jobcomp/filetxt has written, a line per job.
    books
        What `scontrol show job --oneliner --details` prints, a line per job.
    """
    gpus = {job["JobId"]: re.search(r"gpu:(?:\w+:)?(\d+)", job.get("JOB_GRES", "")) for job in _fields(books)}
    rows = []
    for job in _fields(log):
        tres = dict(part.split("=") for part in job["Tres"].split(","))
        rows.append(
            {
                "job": int(job["JobId"]),
                "state": job["JobState"],
                "cpus": int(tres["cpu"]),
                "memory": int(float(tres["mem"][:-1]) * UNITS[tres["mem"][-1]]),
                "minutes": int(job["TimeLimit"]),
                "gpus": int(gpu[1]) if (gpu := gpus[job["JobId"]]) else 0,
                "partition": job["Partition"],
            }
        )
    return pd.DataFrame(rows).set_index("job")


def _fields(text: str) -> list[dict[str, str]]:
    return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in text.splitlines() if line.strip()]


def problems(tasks: pd.DataFrame, jobs: pd.DataFrame) -> list[str]:
    """Return a sentence for each task that was no job, ended badly, or got something else than it asked for."""
    found = [
        f"{tasks.loc[job, 'process']}: job {job} is not in Slurm's log" for job in tasks.index.difference(jobs.index)
    ]
    found += [f"job {job} is no task of the run" for job in jobs.index.difference(tasks.index)]
    if tasks.index.has_duplicates:
        found.append("several tasks have one job")
    for job in tasks.index.intersection(jobs.index):
        task, of_slurm = tasks.loc[job], jobs.loc[job]
        if (task["status"], of_slurm["state"]) != ("COMPLETED", "COMPLETED"):
            found.append(f"{task['process']}, job {job}: {task['status']} in Nextflow, {of_slurm['state']} in Slurm")
        found += [
            f"{task['process']}, job {job}: asked for {task[name]} {words}, Slurm gave {of_slurm[name]}"
            for name, words in RESOURCES.items()
            if task[name] != of_slurm[name]
        ]
    return found


def by_process(tasks: pd.DataFrame, jobs: pd.DataFrame, labels: dict[str, Asked]) -> pd.DataFrame:
    """Return the table to print: label, what it says, and what Slurm gave, by process; several values side by side."""
    joined = tasks[["process"]].join(jobs)
    found = joined.groupby("process", sort=False)[list(RESOURCES)].agg(
        lambda values: "/".join(map(str, values.unique()))
    )
    names = [declared(name, labels) for name in found.index]
    found.insert(0, "label", [labels[name][0] for name in names])
    found.insert(1, "label says", [_in_words(labels[name]) for name in names])
    found.insert(2, "jobs", joined.groupby("process", sort=False).size())
    return found.rename(columns=RESOURCES).reset_index()


def unlike_labels(tasks: pd.DataFrame, labels: dict[str, Asked]) -> list[str]:
    """Return a sentence for each task that asked for something else than its label says."""
    found = []
    for job, task in tasks.iterrows():
        label = labels[declared(task["process"], labels)]
        if (task["cpus"], task["memory"], task["minutes"]) != (label.cpus, 1024 * label.gib, 60 * label.hours):
            found.append(f"{task['process']}, job {job}: asked for something else than its label {label.label}")
    return found


def _in_words(asked: Asked) -> str:
    return f"{asked.cpus} CPUs, {1024 * asked.gib} MiB, {60 * asked.hours} min"
