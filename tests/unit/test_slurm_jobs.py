"""The comparison of `make test-slurm`: it sees a task that was no job, or a job that is not what its label asks for."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from bench.cases import labels

ROOT = Path(__file__).parents[2]
OF_GPU = frozenset({"TRAIN_VAE"})
LOG = (
    "JobId={id} UserId=me(1) GroupId=me(1) Name=nf-X JobState=COMPLETED Partition={partition} TimeLimit=960 NodeCnt=1 "
    "ProcCnt=2 WorkDir=/tmp/x ReservationName= Tres=cpu={cpus},mem={memory},node=1,billing=2 Account=lab QOS= \n"
)


def load():
    spec = importlib.util.spec_from_file_location("slurm_jobs", ROOT / "tests" / "slurm" / "jobs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


jobs = load()
LABELS = labels.of_processes()


@pytest.fixture
def tasks(tmp_path):
    rows = [(11, "A:B:TRAIN_VAE", 2, 8 * 2**30, 960 * 60_000), (12, "A:NORMALIZE_BULK", 1, 4 * 2**30, 240 * 60_000)]
    table = pd.DataFrame(rows, columns=["native_id", "process", "cpus", "memory", "time"])
    table.assign(tag="x", name="x", status="COMPLETED", attempt=1).to_csv(tmp_path / "trace.txt", sep="\t", index=False)
    return jobs.asked(tmp_path / "trace.txt", partition="work", gpu_partition="gpu", of_gpu=OF_GPU)


def recorded(cpus=2, memory="8G", gpus="gpu:1", partition="gpu", second=12):
    log = LOG.format(id=11, cpus=cpus, memory=memory, partition=partition)
    log += LOG.format(id=second, cpus=1, memory="4096M", partition="work").replace("=960", "=240")
    return jobs.recorded(log, f"JobId=11 JobName=a JOB_GRES={gpus}   Nodes=x\nJobId={second} JOB_GRES=(null) Nodes=x\n")


def test_jobs_as_their_labels_ask_for_are_right(tasks):
    assert jobs.problems(tasks, recorded()) == []
    assert jobs.unlike_labels(tasks, LABELS) == []
    table = jobs.by_process(tasks, recorded(), LABELS).set_index("process")
    assert table.loc["TRAIN_VAE", ["label", "label says", "GPUs"]].tolist() == [
        "process_high",
        "2 CPUs, 8192 MiB, 960 min",
        "1",
    ]
    assert table.loc["NORMALIZE_BULK", "partition"] == "work"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"cpus": 1}, "TRAIN_VAE, job 11: asked for 2 CPUs, Slurm gave 1"),
        ({"memory": "6G"}, "TRAIN_VAE, job 11: asked for 8192 memory, MiB, Slurm gave 6144"),
        ({"gpus": ""}, "TRAIN_VAE, job 11: asked for 1 GPUs, Slurm gave 0"),
        ({"partition": "work"}, "TRAIN_VAE, job 11: asked for gpu partition, Slurm gave work"),
        ({"second": 13}, "NORMALIZE_BULK: job 12 is not in Slurm's log"),
        ({"second": 13}, "job 13 is no task of the run"),
    ],
)
def test_another_job_is_told(tasks, changed, sentence):
    assert sentence in jobs.problems(tasks, recorded(**changed))


def test_a_task_that_asks_for_less_than_its_label_is_told(tasks):
    tasks["memory"] //= 2
    assert len(jobs.unlike_labels(tasks, LABELS)) == 2


def test_every_process_has_a_label_with_resources():
    assert set(LABELS) == set(labels.labels_of_processes())
    assert {asked.label for asked in LABELS.values()} >= {"process_single", "process_high"}
