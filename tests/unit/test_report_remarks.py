"""What the report says beside its figures: remarks of the steps, its own, and sentences above a chapter."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import remarks as contract
from bulk2space.contract import tables
from bulk2space.contract.colours import palette
from bulk2space.contract.remarks import NOTE, WARNING, Remark
from bulk2space.report import chapter_notes, multiqc, remarks, sample_remarks, verdict
from bulk2space.report.sample import Sample, Section
from simulated_sample import write_sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample"), platform=None)


def sample(folder: Path, **changed) -> Sample:
    reference, proportions = (
        ad.read_h5ad(folder / "reference.h5ad"),
        tables.PROPORTIONS.read(folder / "proportions.csv"),
    )
    given = {
        "name": "one",
        "colours": palette("ABC"),
        "reference_name": "reference",
        "reference": reference,
        "markers": tables.MARKERS.read(folder / "markers.csv"),
        "training": tables.TRAINING.read(folder / "training.csv"),
        "proportions": proportions,
        "verdict": tables.VERDICT.read(folder / "verdict.csv"),
        "cells": ad.read_h5ad(folder / "cells.h5ad"),
    }
    return Sample(**given | changed)


def codes(found: list[Remark]) -> list[str]:
    return [remark.code for remark in found]


def test_a_sample_without_remarks_has_none(folder):
    assert sample_remarks.of_sample(sample(folder)) == []


def test_remarks_of_both_files_are_read_warnings_first(folder):
    cells, placed = ad.read_h5ad(folder / "cells.h5ad"), ad.AnnData(np.ones((1, 1)))
    cells.uns["remarks"] = contract.dumps([Remark("few_sources", NOTE, "one", {}, "few cells are sources")])
    placed.uns["remarks"] = contract.dumps([Remark("few_counts", WARNING, "one", {"median": 7}, "spots have 7 counts")])
    section = Section(measured=placed, placed=placed, spots=None)
    found = sample_remarks.of_sample(sample(folder, cells=cells, section=section))
    assert codes(found) == ["few_counts", "few_sources"]
    assert remarks.count_warnings(found) == 1


def test_a_reference_without_counts_is_warned_of_unless_the_mrna_content_is_known(folder):
    reference = ad.read_h5ad(folder / "reference.h5ad")
    del reference.layers["counts"]
    (found,) = sample_remarks.of_sample(sample(folder, reference=reference))
    assert (found.code, found.severity, found.subject) == ("unknown_mrna_content", WARNING, "reference")
    table = sample(folder).proportions
    given = table.assign(rna_fraction=table["proportion"].to_numpy()[::-1])
    assert sample_remarks.of_sample(sample(folder, reference=reference, proportions=given)) == []


def test_a_type_that_the_reference_lacks_is_warned_of_in_remarks_and_verdict(folder):
    table = sample(folder).verdict.assign(unknown=[0.31] + [np.nan] * (len(sample(folder).verdict) - 1))
    table.loc[0, "verdict"] = "doubtful"
    (found,) = sample_remarks.of_sample(sample(folder, verdict=table))
    assert (found.code, found.severity) == ("unknown_type", WARNING)
    assert found.sentence.startswith(
        "about 31% of the mRNA of the bulk comes from a cell type that the reference lacks"
    )
    assert "About 31% of the mRNA of the bulk comes from a cell type" in verdict.part("one", table)["data"]
    untold = verdict.part("one", table.assign(unknown=np.nan))["data"]
    assert "unknown share of the mRNA cannot be told" in untold
    assert "lacks" not in untold


def test_a_type_with_the_proportion_0_is_noted(folder):
    table = sample(folder).proportions.assign(proportion=[0.0, 0.4, 0.6])
    (found,) = sample_remarks.of_sample(sample(folder, proportions=table))
    assert (found.code, found.severity) == ("types_absent_from_bulk", NOTE)
    assert found.sentence == "1 of 3 types have the proportion 0 in the bulk: A"
    assert found.figures == {"types": ["A"], "n_types": 3}


def test_a_true_type_that_the_reference_lacks_is_warned_of(folder):
    truth = pd.DataFrame({"cell_type": ["A", "Z"], "proportion": [0.5, 0.5]})
    (found,) = sample_remarks.of_sample(sample(folder, truth={"proportions": truth}))
    assert (found.code, found.severity) == ("types_absent_from_reference", WARNING)
    assert found.sentence.endswith("count as estimated with 0: Z")


def test_more_types_than_colours_are_noted(folder):
    (found,) = sample_remarks.of_sample(sample(folder, colours=palette([f"t{i}" for i in range(41)])))
    assert (found.code, found.severity) == ("repeated_colours", NOTE)
    assert found.sentence == "41 cell types share 40 colours, so some types look alike"


def test_the_list_shows_severity_and_subject_once_and_carries_codes():
    listed = remarks.as_list(
        [
            Remark("few_counts", WARNING, "one<1>", {}, "a spot has 7 counts"),
            Remark("merged_genes", NOTE, "b.csv", {}, "b.csv: 2 genes are summed"),
            Remark("wrong_platform", WARNING, "", {}, "is the platform right?"),
        ]
    )
    first, second, third = listed.split("<li ")[1:]
    assert 'data-code="few_counts"' in first and 'data-severity="warning"' in first
    assert ">warning</span> <strong>one&lt;1&gt;</strong>: a spot has 7 counts.</li>" in first
    assert 'data-subject="b.csv"' in second and ">note</span> b.csv: 2 genes are summed.</li>" in second
    assert ">warning</span> is the platform right?</li>" in third


def test_a_remark_links_to_the_chapter_with_its_evidence():
    known = [Remark("low_confidence", WARNING, "a.b", {}, "x"), Remark("training_cut_short", WARNING, "r", {}, "x")]
    listed = remarks.as_list(known, "a.b")
    assert f'href="#{multiqc.anchor("a.b", multiqc.CONFIDENCE)}">Confidence</a>' in listed
    assert 'href="#b2s_training">Training</a>' in listed
    assert "href" not in remarks.as_list(known)


def test_what_cells_must_not_be_used_for_is_a_sentence_with_the_spots_size():
    placed, section = ad.AnnData(np.ones((1, 1))), ad.AnnData(np.ones((1, 1)))
    assert chapter_notes.spot_limits(section, placed) == ""
    placed.uns = {"bulk2space": {"limits": "places are drawn at random: test none below the size of a spot"}}
    said = "Places are drawn at random: test none below the size of a spot"
    assert chapter_notes.spot_limits(section, placed) == f"{said}."
    section.uns["spot_micrometers"] = 55.0
    assert chapter_notes.spot_limits(section, placed) == f"{said} (55 µm)."
    section.uns = {"coordinate_unit": "micrometer"}
    assert chapter_notes.spot_limits(section, placed) == f"{said}."  # cells of an image are in no spots
    placed.uns["spot_diameter"] = 60.0
    assert chapter_notes.spot_limits(section, placed) == f"{said} (60 µm)."
