"""Every samplesheet and command of docs/bring_your_data.md, run through the door on small files of that form."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.inputs.formats import refused
from door_run import PATHS, plan_of, sentences
from public_inputs import GENES, TPM
from source_inputs import PANEL, PLACES, WRITERS

pytestmark = pytest.mark.filterwarnings("ignore")

PAGE = (Path(__file__).parents[2] / "docs" / "bring_your_data.md").read_text(encoding="utf-8")
OPTION_OF = {
    "--batch_key": (("reference",), "--batch-key"),
    "--bulk_units": (("bulk",), "--units"),
    "--celltype_key": (("reference", "section"), "--celltype-key"),
    "--gene_lengths": (("bulk",), "--gene-lengths"),
    "--gene_map": (("bulk", "reference", "section"), "--gene-map"),
}
"""Parameters of the pipeline: the kinds of input that they are for, and the option of normalize.py."""
OPTION_OF_PLAN = {"--cells_per_spot": "--cells-per-spot"}
OF_EVERY_COMMAND = ["nextflow", "run", "org/bulk2space", "-profile", "docker", "--input", "samplesheet.csv"]
OF_EVERY_COMMAND += ["--outdir", "results", "--check_only"]
RESULT = r"^\*\*Result:\*\* samples? (.+?); bulk read as (.+?)(; (\d+) cells? per spot)?\.$"
UNITS = {"counts": "counts", "TPM": "tpm", "log2": "log2"}
"""Units by their words on the page."""


GENES_SORTED, GENES_SORTED_OF_PANEL = sorted(GENES), sorted(GENES[:PANEL])


class Source(NamedTuple):
    """What the page has of one source."""

    sheet: str
    parameters: dict[str, str]
    samples: list[str]
    units: set[str]
    cells_per_spot: int | None


def code(kind: str, text: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def sources() -> dict[str, Source]:
    """Return the page's sources by their headings."""
    found = {}
    for title, text in re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL):
        (sheet,), (command,) = code("csv", text), code("bash", text)
        words = shlex.split(command.replace("\\\n", ""))
        assert words[: len(OF_EVERY_COMMAND)] == OF_EVERY_COMMAND
        given = words[len(OF_EVERY_COMMAND) :]
        samples, units, _, cells = re.search(RESULT, text, flags=re.MULTILINE).groups()
        found[title] = Source(
            sheet,
            dict(zip(given[::2], given[1::2], strict=True)),
            re.findall("`(.+?)`", samples),
            {UNITS[word] for word in units.split(" and ")},
            int(cells) if cells else None,
        )
    return found


SOURCES = sources()


def test_every_samplesheet_and_command_belongs_to_a_source():
    assert len(code("csv", PAGE)) == len(code("bash", PAGE)) == len(SOURCES)


def test_every_writer_is_of_a_file_on_the_page():
    assert [name for name in WRITERS if name not in PAGE] == []


def test_the_lines_of_r_are_those_of_the_refusal():
    assert refused.SEURAT.replace("; ", "\n") in PAGE
    assert 'zellkonverter::writeH5AD(sce, "cells.h5ad")' in refused.R_OBJECT
    assert 'zellkonverter::writeH5AD(sce, "cells.h5ad")' in PAGE


def run(folder: Path, source: Source) -> dict:
    """Write the files that a source names and return the plan."""
    sheet = folder / "samplesheet.csv"
    sheet.write_text(source.sheet)
    table = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    files = {path for column in PATHS if column in table for path in table[column] if path}
    options: dict[str, list] = {"bulk": [], "reference": [], "section": []}
    of_plan = []
    for name, value in source.parameters.items():
        if value in WRITERS:
            files.add(value)
            value = str(folder / value)
        if name in OPTION_OF_PLAN:
            of_plan += [OPTION_OF_PLAN[name], value]
        else:
            kinds, option = OPTION_OF[name]
            for kind in kinds:
                options[kind] += [option, value]
    for file in sorted(files):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        WRITERS[file](folder / file)
    return plan_of(sheet, *of_plan, normalize={kind: tuple(given) for kind, given in options.items()})


@pytest.mark.parametrize("title", SOURCES)
def test_the_command_gives_what_the_page_promises(title, tmp_path):
    source = SOURCES[title]
    plan = run(tmp_path, source)
    assert sentences(plan) == []
    assert [sample["id"] for sample in plan["samples"]] == source.samples
    assert {one["units"]["input"] for one in plan["inputs"] if one["kind"] == "bulk"} == source.units
    for sample in plan["samples"]:
        bulk = ad.read_h5ad(tmp_path / "work" / f"{sample['bulk']}.bulk.h5ad").to_df().loc[sample["bulk_column"]]
        found = bulk.reindex(GENES)
        assert found.notna().all()
        scaled = found.to_numpy() / bulk.sum() * 1e6
        assert min(np.abs(scaled - expected).max() for expected in TPM) < 100
    of_spots = {sample["cells_per_spot"] for sample in plan["samples"] if sample["platform"] == "spot"}
    assert of_spots == ({source.cells_per_spot} if source.cells_per_spot else set())
    for sample in plan["samples"]:
        if sample["section"]:
            section = ad.read_h5ad(tmp_path / "work" / f"{sample['section']}.section.h5ad")
            assert sorted(map(tuple, section.obsm["spatial"])) == sorted(map(tuple, PLACES))
            assert list(section.var_names) in (GENES_SORTED, GENES_SORTED_OF_PANEL)
            assert "counts" in section.layers
