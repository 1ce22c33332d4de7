"""How long the grid of benchmarks takes: expected from earlier tasks, and summed over a run and its resumptions."""

import pandas as pd
import pytest
from bench.commands.grid import dear, minutes
from bench.page import forecast, grid_time
from bench.page.markdown import tables
from bench.runner import ledger, trace

NO_RUNS = pd.DataFrame(columns=grid_time.RUN)
HEADER = "task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\tduration\trealtime\t%cpu\tpeak_rss\n"


def written(folder, *rows: str):
    """Write a trace of tasks: name, status, submitted and seconds, in a run of whole seconds on half a processor."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in rows:
        name, status, submit, seconds = row.split("|")
        times = f"{int(submit) * 1000}\t{int(seconds) * 1000}\t{int(seconds) * 1000}\t50.0"
        lines.append(f"1\tab/cd\t7\t{name}\t{status}\t0\t{times}\t1024\n")
    (folder / "trace.txt").write_text(HEADER + "".join(lines))
    return folder / "trace.txt"


def plan(grid: str, *rows: tuple) -> pd.DataFrame:
    columns = ["step", "tag", "size", "method", "spots", "limit"]
    return pd.DataFrame(rows, columns=columns).assign(grid=grid)


def expected(own: pd.DataFrame, others: pd.DataFrame, *seconds: tuple) -> list[float]:
    known = pd.DataFrame(seconds, columns=["grid", "step", "tag", "seconds"])
    known["clock"] = known["seconds"]
    return forecast.expected(own, pd.concat([own, others]), known)["seconds"].tolist()


def test_a_resumed_run_counts_reused_tasks_once_and_no_pause(tmp_path):
    path = written(tmp_path, "A:ONE (x.1)|CACHED|0|100", "ONE (x.2)|CACHED|50|100", "TWO|COMPLETED|9000|50",
                   "A:TWO (y)|FAILED|9010|10")  # fmt: skip
    took = trace.took(path)
    assert [took[name] for name in ("tasks", "reused", "ended by their time")] == [4, 2, 1]
    assert took["hours in which a task ran"] * 3600 == pytest.approx(150 + 50)
    assert took["hours of tasks"] * 3600 == pytest.approx(260)
    assert took["hours of processor"] * 3600 == pytest.approx(130)
    assert trace.tasks(path)["tag"].tolist() == ["x.1", "x.2", "", "y"]


def test_the_closest_task_says_how_long_a_new_one_takes():
    reduced = plan("reduced", ("TRAIN", "a.gan.1", "a", "gan", 0, 0), ("TRAIN", "b.gan.1", "b", "gan", 0, 0),
                   ("TRAIN", "b.vae.1", "b", "vae", 0, 0))  # fmt: skip
    full = plan("full", ("TRAIN", "a.gan.1", "a", "gan", 0, 0), ("TRAIN", "a.gan.2", "a", "gan", 0, 0),
                ("TRAIN", "b.gan.2", "b", "gan", 0, 0), ("TRAIN", "c.gan.1", "c", "gan", 0, 0),
                ("TRAIN", "c.new.1", "c", "new", 0, 0), ("JUDGE", "c", "c", "", 0, 0))  # fmt: skip
    seconds = [("reduced", "TRAIN", "a.gan.1", 10.0), ("reduced", "TRAIN", "b.gan.1", 30.0),
               ("reduced", "TRAIN", "b.vae.1", 2.0), ("full", "TRAIN", "a.gan.1", 50.0)]  # fmt: skip
    found = expected(full, reduced, *seconds)
    assert found[:4] == pytest.approx([50, 50, 30, 30])  # itself, its size here, its size there, its method
    assert pd.isna(found[4:]).all()


def test_seconds_grow_with_spots_and_a_training_that_its_limit_ended_takes_the_new_limit():
    reduced = plan("reduced", ("MAP", "a.100", "a", "rctd", 100, 0), ("MAP", "a.500", "a", "rctd", 500, 0),
                   ("TRAIN", "a", "a", "paper", 0, 120), ("TRAIN", "b", "b", "paper", 0, 120))  # fmt: skip
    full = plan("full", ("MAP", "a.5000", "a", "rctd", 5000, 0), ("TRAIN", "a", "a", "paper", 0, 300),
                ("TRAIN", "b", "b", "paper", 0, 300))  # fmt: skip
    seconds = [("reduced", "MAP", "a.100", 30.0), ("reduced", "MAP", "a.500", 70.0),
               ("reduced", "TRAIN", "a", 125.0), ("reduced", "TRAIN", "b", 70.0)]  # fmt: skip
    assert expected(full, reduced, *seconds) == pytest.approx([520, 300, 70])


def test_seconds_of_earlier_runs_outlive_their_trace_and_failures_say_nothing(tmp_path):
    written(tmp_path / "full", "ONE (x)|COMPLETED|0|10", "ONE (y)|COMPLETED|0|20")
    ledger.known(tmp_path, tmp_path / "seconds.csv", ("reduced", "full"))
    written(tmp_path / "full", "ONE (x)|COMPLETED|0|12", "ONE (z)|FAILED|0|99")
    found = ledger.known(tmp_path, tmp_path / "seconds.csv", ("reduced", "full")).set_index("tag")["seconds"]
    assert found.to_dict() == {"x": 6, "y": 10}  # of the processor, which was half a core


def test_the_page_says_whether_the_full_grid_fits_a_night():
    def tasks(seconds: float) -> pd.DataFrame:
        own = plan("full", ("MAP", "a", "a", "auto", 100, 0), ("MAP", "b", "b", "auto", 100, 0))
        return own.assign(seconds=seconds, measured=[True, False])

    night = {"reduced": tasks(60.0), "full": tasks(9 * 3600.0)}
    text = grid_time.text(night, NO_RUNS, dear(), minutes())
    assert "takes about 9.0 hours on two cores that do nothing else. This fits a night of 10 hours." in text
    assert "- published: at most " in text
    assert f"A network is trained for at most {minutes()} minutes" in text
    assert tables(text)["Expected"]["measured before"].tolist() == [1, 1]
    assert "**This is more than a night" in grid_time.text(
        night | {"full": tasks(11 * 3600.0)}, NO_RUNS, dear(), minutes()
    )
    new = pd.concat([tasks(60.0), plan("full", ("MAP", "c", "c", "new", 100, 0)).assign(measured=False)])
    assert "These are not counted: 1 of MAP." in grid_time.text(night | {"full": new}, NO_RUNS, dear(), minutes())


def test_what_the_parts_of_a_grid_took_is_added_up():
    run = {"grid": "full", "steps": "cells", "tasks": 4, "reused": 1, "ended by their time": 0, "hours of tasks": 0.5}
    runs = pd.DataFrame([run | {"cases": "a"}, run | {"cases": "b,c"}, run | {"steps": "spots", "cases": "all"}])
    found = grid_time.summed_runs(runs)
    assert found["grid"].tolist() == ["`make bench-full`"] * 2
    assert found[["steps", "cases", "runs", "tasks"]].to_numpy().tolist() == [
        ["cells", 3, 2, 8],
        ["spots", "all", 1, 4],
    ]
    assert found["hours of tasks"].tolist() == pytest.approx([1.0, 0.5])
    assert "| `make bench-full` | cells | 3 | 2 |" in grid_time.text(
        {"full": expected_tasks()}, runs, dear(), minutes()
    )


def expected_tasks() -> pd.DataFrame:
    return plan("full", ("MAP", "a", "a", "auto", 100, 0)).assign(seconds=1.0, measured=True)
