"""A cluster on paper: when tasks that wait for each other end on machines of some size."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple


class Task(NamedTuple):
    """A task: its process, how long it runs, what it asks for and the places in the list of tasks that it waits for."""

    process: str
    seconds: float
    cpus: int
    gib: float
    needs: tuple[int, ...]


class Cluster(NamedTuple):
    """Machines of one size, and how many tasks Nextflow hands over at once (`executor.queueSize`)."""

    nodes: int
    cpus: int
    gib: float
    at_once: int


def seconds(tasks: Sequence[Task], cluster: Cluster) -> float:
    """Return when the last task ends: each starts on the first machine with room for it, in the order of the list.

    Raises
    ------
    ValueError
        If a task asks for more than a machine has.
    """
    free = [[float(cluster.cpus), float(cluster.gib)] for _ in range(cluster.nodes)]
    waits = [len(task.needs) for task in tasks]
    followers: dict[int, list[int]] = {}
    for number, task in enumerate(tasks):
        for need in task.needs:
            followers.setdefault(need, []).append(number)
    ready = [number for number, open_needs in enumerate(waits) if not open_needs]
    running: list[tuple[float, int, int]] = []  # end, task, machine
    now = 0.0
    while ready or running:
        ready = _started(ready, tasks, free, running, now, cluster.at_once)
        if not running:
            raise ValueError(f"{tasks[ready[0]].process} asks for more than a machine has")
        now, ended, machine = heapq.heappop(running)
        free[machine][0] += tasks[ended].cpus
        free[machine][1] += tasks[ended].gib
        for number in followers.get(ended, []):
            waits[number] -= 1
            if not waits[number]:
                heapq.heappush(ready, number)
    return now


def longest_chain(tasks: Sequence[Task]) -> tuple[float, list[str]]:
    """Return the seconds of the longest chain of tasks that wait for each other, and its processes."""
    ends: list[float] = []
    before: list[int | None] = []
    for task in tasks:  # a task stands behind those that it waits for
        last = max(task.needs, key=ends.__getitem__, default=None)
        before.append(last)
        ends.append(task.seconds + (0 if last is None else ends[last]))
    place: int | None = max(range(len(tasks)), key=ends.__getitem__)
    longest, names = ends[place], []
    while place is not None:
        names.append(tasks[place].process)
        place = before[place]
    return longest, names[::-1]


def _started(
    ready: list[int], tasks: Sequence[Task], free: list[list[float]], running: list, now: float, at_once: int
) -> list[int]:
    """Start the tasks for which there is room; return the others."""
    left, full = [], set()
    for number in sorted(ready):
        task = tasks[number]
        asked = (task.cpus, task.gib)
        machine = None
        if asked not in full and len(running) < at_once:
            machine = next(
                (place for place, (cpus, gib) in enumerate(free) if cpus >= asked[0] and gib >= asked[1]), None
            )
        if machine is None:
            full.add(asked)
            left.append(number)
            continue
        free[machine][0] -= task.cpus
        free[machine][1] -= task.gib
        heapq.heappush(running, (now + task.seconds, number, machine))
    return left
