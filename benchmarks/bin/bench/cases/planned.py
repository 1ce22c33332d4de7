"""The tasks of a samplesheet of many rows (many_rows.py), by the pipeline's own plan."""

from bulk2space.inputs.sheet.chunks import chunks
from bulk2space.inputs.sheet.plan import Options, Plan, Sample
from bulk2space.inputs.sheet.planning import task_counts
from bulk2space.inputs.sheet.shown import shown

BULK = "bulk"


def plan(rows: int, references: int, sections: int) -> Plan:
    """Return the plan: the rows take the references in turn, and the first rows have a section of spots each."""
    samples = [
        Sample(
            id=f"bulk_{row:04d}", bulk=BULK, bulk_column=f"bulk_{row:04d}",
            reference=f"reference_{row % references:02d}", section=f"section_{row:03d}" if row < sections else None,
            platform="spot" if row < sections else None,
            cells_per_spot=1, cells_by="number", n_cells=1, condition=None,
        )
        for row in range(rows)
    ]  # fmt: skip
    samples = shown(samples, Options.report_samples)
    return Plan(samples=samples, chunks=chunks(samples, None))


def counts(planned: Plan) -> dict[str, int]:
    """Return how many tasks each process has, those of the check included."""
    of_inputs = {
        f"NORMALIZE_{kind.upper()}": len({getattr(sample, kind) for sample in planned.samples} - {None})
        for kind in ("bulk", "reference", "section")
    }
    found = {"CHECK_SAMPLESHEET": 1, **of_inputs, "PLAN_SAMPLES": 1} | task_counts(planned, Options())
    return {process: number for process, number in found.items() if number}
