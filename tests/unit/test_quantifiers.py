import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.formats.tables import read_numbers
from logged import remarks, sentences

GENES = [f"ENSG{number:011d}.2" for number in range(1, 31)]
COUNTS = np.arange(1, 31) * 100.0
TPM = COUNTS / COUNTS.sum() * 1e6
FILES = {
    "abundance.tsv": ("target_id\tlength\teff_length\test_counts\ttpm", "{gene}\t900\t700.5\t{counts}\t{tpm}"),
    "quant.sf": ("Name\tLength\tEffectiveLength\tTPM\tNumReads", "{gene}\t900\t700.5\t{tpm}\t{counts}"),
    "quant.genes.sf": ("Name\tLength\tEffectiveLength\tTPM\tNumReads", "{gene}\t900\t700.5\t{tpm}\t{counts}"),
    "p1.genes.results": (
        "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM",
        "{gene}\tENST1,ENST2\t900\t700.5\t{counts}\t{tpm}\t1.5",
    ),
    "p1.isoforms.results": (
        "transcript_id\tgene_id\tlength\teffective_length\texpected_count\tTPM\tFPKM\tIsoPct",
        "ENST1\t{gene}\t900\t700.5\t{counts}\t{tpm}\t1.5\t100",
    ),
    "p1.rna_seq.augmented_star_gene_counts.tsv": (
        "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\t"
        "tpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded\nN_unmapped\t\t\t900\t900\t900\t\t\t",
        "{gene}\tN{gene}\tprotein_coding\t{counts}\t5\t6\t{tpm}\t1.5\t2.5",
    ),
    "p1.gene_abund.tab": (
        "Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM",
        "{gene}\t-\tchr1\t+\t100\t900\t3.5\t1.5\t{tpm}",
    ),
}


def write(folder, name: str):
    header, row = FILES[name]
    rows = [row.format(gene=gene, counts=c, tpm=t) for gene, c, t in zip(GENES, COUNTS, TPM, strict=True)]
    path = folder / name
    path.write_text("\n".join([header, *rows, ""]))
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_programs_file_is_one_sample_in_tpm(tmp_path, name, caplog):
    sample = door.bulk(write(tmp_path, name))
    assert sample.n_obs == 1
    np.testing.assert_allclose(np.sort(sample.X.toarray().ravel()), TPM, rtol=1e-5)
    assert sample.uns["units"]["input"] == "tpm"
    assert set(sample.var_names) == {gene.removesuffix(".2") for gene in GENES} or name.startswith("p1.rna_seq")
    assert any("is read as one sample" in sentence for sentence in sentences(caplog))


@pytest.mark.parametrize("name", [name for name in FILES if "abund." not in name])
def test_the_user_may_ask_for_its_counts(tmp_path, name):
    sample = door.bulk(write(tmp_path, name), units="counts")
    np.testing.assert_allclose(np.sort(sample.X.toarray().ravel()), COUNTS)
    assert sample.uns["units"] == {"input": "counts", "done": "none"}


def test_a_unit_that_the_file_does_not_hold_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"abundance.tsv: holds no log2, only tpm, counts; give one of these as --bulk_units"
    ):
        door.bulk(write(tmp_path, "abundance.tsv"), units="log2")


def test_gencodes_names_of_transcripts_name_the_gene(tmp_path):
    path = tmp_path / "quant.sf"
    name = "ENST0000000000{n}.1|ENSG00000000001.5|OTTHUMG1|OTTHUMT1|TP53-20{n}|TP53|900|protein_coding|"
    rows = [f"{name.format(n=n)}\t900\t700\t{n}\t{n}" for n in (1, 2)]
    path.write_text("\n".join(["Name\tLength\tEffectiveLength\tTPM\tNumReads", *rows, ""]))
    sample = door.bulk(path)
    assert list(sample.var_names) == ["TP53"]
    assert sample.X.toarray().tolist() == [[3.0]]


def test_a_word_among_the_values_is_refused(tmp_path):
    path = write(tmp_path, "abundance.tsv")
    path.write_text(path.read_text().replace("\t100.0\t", "\tmany\t"))
    with pytest.raises(InputError, match=rf"abundance.tsv: the value of '{GENES[0]}' in 'est_counts' is 'many'"):
        read_numbers(path)


def write_htseq(folder, *, counters: bool = True):
    rows = [f"{gene}\t{int(count)}" for gene, count in zip(GENES, COUNTS, strict=True)]
    path = folder / "p1.counts"
    path.write_text("\n".join([*rows, *(["__no_feature\t5000", "__ambiguous\t70"] if counters else []), ""]))
    return path


def test_htseq_is_read_whole(tmp_path, caplog):
    sample = door.bulk(write_htseq(tmp_path))
    assert list(sample.obs_names) == ["p1"]
    assert np.array_equal(sample.X.toarray()[0], COUNTS)
    codes = {remark.code: remark for remark in remarks(caplog)}
    assert codes["not_genes_left_out"].figures["left_out"] == 2
    with pytest.raises(
        InputError, match=r"p1.counts: has no header, its first line holds numbers \(ENSG00000000001.2, 100"
    ):
        door.bulk(write_htseq(tmp_path, counters=False))


@pytest.mark.parametrize(
    ("forward", "reverse", "column"),
    [(0.5, 0.5, "unstranded"), (0.95, 0.02, "forward strand"), (0.03, 0.96, "reverse strand")],
)
def test_stars_column_is_that_of_the_librarys_strand(tmp_path, forward, reverse, column, caplog):
    rows = ["N_unmapped\t9\t9\t9", "N_multimapping\t9\t9\t9", "N_noFeature\t9\t99999\t99999", "N_ambiguous\t9\t9\t9"]
    numbers = {
        "unstranded": COUNTS,
        "forward strand": np.rint(COUNTS * forward),
        "reverse strand": np.rint(COUNTS * reverse),
    }
    for place, gene in enumerate(GENES):
        rows.append("\t".join([gene, *(str(int(values[place])) for values in numbers.values())]))
    path = tmp_path / "p1.ReadsPerGene.out.tab"
    path.write_text("\n".join([*rows, ""]))
    sample = door.bulk(path)
    assert np.array_equal(sample.X.toarray()[0], numbers[column])
    assert any(f"STAR, its column of the {column} counts" in sentence for sentence in sentences(caplog))


def test_further_columns_are_no_samples(tmp_path, caplog):
    path = tmp_path / "p1.genes.results"
    columns = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\tpme_TPM\tpme_FPKM"
    path.write_text(columns + "\nG1\tT1\t900\t800\t5.5\t1000000\t2\t990000\t3\n")
    assert list(read_numbers(path).obs_names) == ["p1"]
    assert sentences(caplog)[1] == (
        "p1.genes.results: 'pme_TPM', 'pme_FPKM' are annotation, not expression, and are left out"
    )


def test_cufflinks_fpkm_are_read_and_genes_that_it_could_not_measure_left_out(tmp_path, caplog):
    path = tmp_path / "genes.txt"
    path.write_text(
        "tracking_id\tclass_code\tnearest_ref_id\tgene_id\tgene_short_name\ttss_id\tlocus\tlength\tcoverage\tFPKM"
        "\tFPKM_conf_lo\tFPKM_conf_hi\tFPKM_status\nX1\t-\t-\tX1\tG1\t-\tchr1:1-2\t-\t-\t3.5\t3\t4\tOK\n"
    )
    sample = read_numbers(path)
    assert sample.X.toarray().tolist() == [[3.5]]
    assert sample.var["gene_short_name"].tolist() == ["G1"]
    assert door.bulk(path).uns["units"] == {"input": "fpkm", "done": "scaled to TPM"}
    rows = path.read_text()
    path.write_text(
        rows + "".join(rows.splitlines()[1].replace("OK", word) + "\n" for word in ("HIDATA", "FAIL", "LOWDATA"))
    )
    assert read_numbers(path).n_vars == 2
    (said,) = [sentence for sentence in sentences(caplog) if "HIDATA" in sentence]
    assert said.startswith("genes.txt: 2 of its 4 genes are HIDATA or FAIL in FPKM_status")
