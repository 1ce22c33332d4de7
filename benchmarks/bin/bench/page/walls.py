"""Which resource of a cluster ends first, and how large a task may become."""

import pandas as pd

from ..cases import cluster, labels
from ..cases.cluster import Cluster
from . import costs
from .task_graph import Graph

MINUTE = 60
MORE = 10  # so many times as much of a resource
SLACK = 0.05  # a resource that saves less of the time is no wall
REMEDIES = {
    "CPUs": "more machines",
    "memory": "machines with more memory",
    "tasks at once": "`executor.queueSize` in a file given with `-c`",
}


def lifted(graph: Graph, machines: Cluster) -> pd.DataFrame:
    """Return the minutes of the run, and those with ten times as much of each resource and of all."""
    more = {
        "CPUs": machines._replace(cpus=machines.cpus * MORE),
        "memory": machines._replace(gib=machines.gib * MORE),
        "tasks at once": machines._replace(at_once=machines.at_once * MORE),
    }
    all_of_it = machines._replace(cpus=machines.cpus * MORE, gib=machines.gib * MORE, at_once=machines.at_once * MORE)
    rows = {
        "as it is": machines,
        **{f"{MORE} × {name}": changed for name, changed in more.items()},
        f"{MORE} × all three": all_of_it,
    }
    return pd.DataFrame(
        [{"cluster": name, "minutes": cluster.seconds(graph.tasks, each) / MINUTE} for name, each in rows.items()]
    )


def first_wall(walls: pd.DataFrame) -> str:
    """Return in words which resource ends first, and what to set then."""
    minutes = walls.set_index("cluster")["minutes"]
    alone = minutes.iloc[1:-1]
    saved = 1 - alone.min() / minutes.iloc[0]
    if saved > SLACK:
        name = alone.idxmin().removeprefix(f"{MORE} × ")
        words = f"**The first wall is {name}**: {MORE} times as much saves {saved:.0%} of the time."
        return f"{words} What to set: {REMEDIES[name]}."
    together = 1 - minutes.iloc[-1] / minutes.iloc[0]
    if together > SLACK:
        words = f"**No resource alone is the wall**; all three together save {together:.0%}."
        return f"{words} What to set: {', '.join(REMEDIES.values())}."
    return "**The wall is the longest chain of tasks**: a larger cluster saves nothing."


def limits(table: pd.DataFrame) -> pd.DataFrame:
    """Return up to which size a task fits into what its label asks for, at once and after its retries."""
    asked, rows = labels.of_processes(), []
    for step, own in table[table["unit"] != costs.SAMPLE].groupby("step", sort=False):
        name = labels.declared(step.split()[0], asked)
        start = own.loc[own["unit"] == costs.TASK, "GiB"].sum()
        for _, row in own[(own["unit"] != costs.TASK) & (own["GiB"] > 0)].iterrows():
            fits = [max((times * asked[name].gib - start) / row["GiB"], 0) for times in (1, labels.ATTEMPTS)]
            rows.append(
                {
                    "step": step,
                    "asks for, GiB": asked[name].gib,
                    "unit": row["unit"],
                    "fits up to": round(fits[0]),
                    "with retries": round(fits[1]),
                }
            )
    return pd.DataFrame(rows).sort_values("fits up to", kind="stable")
