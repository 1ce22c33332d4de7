"""A damaged file of any kind ends in a result or in one sentence, never in a traceback or in a number that is none."""

import re
import shutil
import traceback
from pathlib import Path

import numpy as np
import pytest
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obsm
from bulk2space.contract.problems import InputError
from bulk2space.inputs import findings
from bulk2space.inputs.sheet.check import check
from damage import damage
from inputs import write_sheet
from originals import ORIGINALS, SLOW_ORIGINALS, Ask, through_door

pytestmark = pytest.mark.filterwarnings("ignore")

SEED = 13
LONGEST_SENTENCE = 400
GIBBERISH = re.compile(r"Traceback|<class|object at 0x|\[Errno|\\x[0-9a-f]{2}|[\x00-\x1f\x7f]")
"""What libraries say and no user understands."""


def tries(number: int, slow_number: int) -> list:
    """Return the kinds of file, each with how often it is damaged."""
    each = dict.fromkeys(ORIGINALS, number) | dict.fromkeys(SLOW_ORIGINALS, slow_number)
    return [pytest.param(kind, count, id=kind) for kind, count in each.items()]


def outcome(folder: Path, ask: Ask) -> str:
    """Send an input through the door as the workflow does; return what is wrong with the outcome, or nothing."""
    try:
        adata = through_door(folder, ask)
        kind = ask.kind if ask.kind in ("reference", "section") else "bulk"
        findings.describe(kind, "one", adata, [], platform=ask.platform if kind == "section" else None)
        write_h5ad(adata, folder / "written.h5ad")
    except InputError as problem:
        return fault_of_sentence(str(problem), folder, ask)
    except BaseException as error:
        return f"{type(error).__name__}: {error}\n{''.join(traceback.format_tb(error.__traceback__)[-3:])}"
    for values in (adata.X, adata.layers.get(Layers.COUNTS, adata.X)):
        if not np.isfinite(values.data).all() or values.data.min(initial=0) < 0:
            return "values that are not finite or below 0"
    if not (adata.obs_names.is_unique and adata.var_names.is_unique):
        return "names that are not unique"
    if ask.kind == "section" and not np.isfinite(adata.obsm[Obsm.SPATIAL]).all():
        return "coordinates that are not finite"
    return ""


def fault_of_sentence(sentence: str, folder: Path, ask: Ask) -> str:
    names = {ask.matrix, ask.meta, *(path.name for path in folder.rglob("*"))} - {""}
    if not any(name in sentence for name in names):
        return f"a sentence that names no file: {sentence}"
    if len(sentence) > LONGEST_SENTENCE:
        return f"a sentence of {len(sentence)} letters: {sentence[:600]}"
    if GIBBERISH.search(sentence):
        return f"gibberish: {sentence!r}"
    return ""


def faults(kind: str, count: int, folder: Path) -> list[str]:
    """Damage a file so many times; return the faults of the outcomes, with the number of each try."""
    original = folder / "original"
    original.mkdir()
    ask = (ORIGINALS | SLOW_ORIGINALS)[kind](original)
    through_door(original, ask)
    found = []
    for number in range(count):
        rng = np.random.default_rng([SEED, number, *kind.encode()])
        damaged = folder / "damaged"
        shutil.copytree(original, damaged)
        done = damage(damaged, rng)
        fault = outcome(damaged, ask)
        if fault:
            found.append(f"{kind}, try {number} ({done}): {fault}")
        shutil.rmtree(damaged)
    return found


@pytest.mark.parametrize(("kind", "count"), tries(8, 3))
def test_a_damaged_file_is_a_result_or_one_sentence(kind, count, tmp_path):
    assert faults(kind, count, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), tries(57, 20))
def test_so_are_many(kind, count, tmp_path):
    assert faults(kind, count, tmp_path) == []


def test_a_damaged_samplesheet_is_a_list_of_sentences(tmp_path):
    row = {"sample": "s", "bulk": "bulk.csv", "reference": "cells.h5ad", "spatial": "sec.h5ad", "platform": "spot"}
    found = []
    for number in range(60):
        sheet = write_sheet(tmp_path, row, row | {"sample": "t", "bulk_column": "two"})
        done = damage(tmp_path, np.random.default_rng([SEED, number]))
        if not sheet.exists():
            continue
        try:
            sentences = [problem.sentence for problem in check(sheet, set(row.values())).problems]
        except Exception as error:
            sentences = [f"\n{type(error).__name__}: {error}"]
        found += [f"try {number} ({done}): {sentence}" for sentence in sentences if GIBBERISH.search(sentence)]
    assert found == []
