"""Run the demo on a Slurm of this machine, and compare Slurm's own records with what each label asks for.

First the demo for real. Then, as a stub with the profile gpu, the steps that can use a GPU: the node has one in its
books only. Ends with an error if one task was no job, or not the job that its label asks for.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jobs
import one_node
import pandas as pd
from bench.cases import labels

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "work" / "slurm"
GPU_LABEL = "process_gpu"
QUOTED = 3  # lines of Slurm's log that are shown


def main() -> None:
    """Run both; the logs stay in work/slurm."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended from outside."))  # so that the daemons end as well
    one_node.install()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    (FOLDER / "trace.config").write_text(jobs.TRACE)
    with tempfile.TemporaryDirectory(prefix="slurm_", ignore_cleanup_errors=True) as name:
        try:
            with one_node.running(Path(name)) as environment:
                found = demo(environment, Path(name))
                found += stub_with_gpu(environment, Path(name))
        finally:
            keep_logs(Path(name))
    if found:
        raise SystemExit("\n".join(["Slurm did not run the tasks as their labels ask for:", *found]))
    print("Every task was a job of Slurm, with the resources of its label.")


def demo(environment: dict[str, str], slurm: Path) -> list[str]:
    """Run the demo; print the table of its jobs and return what is wrong with them."""
    run(environment, "demo", "--queue", one_node.PARTITION, "--account", "lab", profiles="test_full,slurm,local")
    return compared(environment, slurm, "demo", first=0)


def stub_with_gpu(environment: dict[str, str], slurm: Path) -> list[str]:
    """Run the demo's stub with GPUs; print the table of its jobs and return what is wrong with them."""
    before = len((slurm / one_node.JOBS).read_text().splitlines())
    queues = ("--queue", one_node.PARTITION, "--gpu_queue", one_node.GPU_PARTITION)
    run(environment, "gpu", "-stub-run", *queues, profiles="test_full,gpu,slurm,local")
    return compared(environment, slurm, "gpu", first=before, gpu_partition=one_node.GPU_PARTITION)


def run(environment: dict[str, str], name: str, *words: str, profiles: str) -> None:
    """Run the pipeline with its results in work/slurm/<name>."""
    started = time.monotonic()
    launcher = [ROOT / "tools" / "nextflow", "run", ROOT, "-profile", profiles, "-c", "trace.config"]
    command = list(map(str, [*launcher, "--outdir", name, "-work-dir", f"tasks_of_{name}", *words]))
    print("$", " ".join(command).replace(f"{ROOT}/", "").replace(str(ROOT), "."), flush=True)
    ended = subprocess.run(command, cwd=FOLDER, env=environment, check=False)
    if ended.returncode:
        raise SystemExit(f"The run failed: {FOLDER.relative_to(ROOT)}/.nextflow.log says why.")
    print(f"Ended after {time.monotonic() - started:.0f} s\n", flush=True)


def compared(
    environment: dict[str, str], slurm: Path, name: str, *, first: int, gpu_partition: str | None = None
) -> list[str]:
    """Print what Slurm's log says of the jobs of a run; return what is wrong with them."""
    lines = (slurm / one_node.JOBS).read_text().splitlines()[first:]
    command = ["scontrol", "show", "job", "--oneliner", "--details"]
    books = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    of_gpu = frozenset(process for process, names in labels.labels_of_processes().items() if GPU_LABEL in names)
    tasks = jobs.asked(
        FOLDER / name / "pipeline_info" / "execution_trace.txt",
        partition=one_node.PARTITION, gpu_partition=gpu_partition, of_gpu=of_gpu,
    )  # fmt: skip
    of_slurm = jobs.recorded("\n".join(lines), books)
    of_labels = labels.of_processes()
    found = jobs.problems(tasks, of_slurm)
    if not found:
        with pd.option_context("display.width", 200, "display.max_columns", None):
            print(jobs.by_process(tasks, of_slurm, of_labels).to_string(index=False), "\n")
        print(f"{len(tasks)} tasks, {len(of_slurm)} jobs. From Slurm's log:")
        print("\n".join(lines[:QUOTED]).replace(f"{os.fspath(FOLDER)}/", ""), "\n", flush=True)
    return found + jobs.unlike_labels(tasks, of_labels)


def keep_logs(slurm: Path) -> None:
    """Copy what Slurm has written beside the runs."""
    for path in sorted(slurm.glob("*")):
        if path.suffix in {".log", ".out", ".txt", ".conf"}:
            shutil.copy(path, FOLDER)


if __name__ == "__main__":
    main()
