include { DECONVOLVE     } from '../subworkflows/local/deconvolve'
include { JUDGE          } from '../subworkflows/local/judge'
include { MAP_SPATIAL    } from '../subworkflows/local/map_spatial'
include { PREPARE_INPUTS } from '../subworkflows/local/prepare_inputs'
include { MULTIQC        } from '../modules/local/multiqc'
include { PLOT_SAMPLE    } from '../modules/local/bulk2space/plot_sample'
include { packagesAsJson } from '../subworkflows/local/utils_bulk2space_pipeline'

workflow BULK2SPACE {
    take:
    samplesheet    // path
    tables         // map: gene_map, gene_lengths, mrna_content, each a path or []
    truth          // path: a folder, or []
    validate_genes // boolean: leave genes of image sections out and predict them
    on_poor_fit    // text: warn or stop
    about_the_run  // map: sections of the report as JSON, `parameters` and `methods`
    check_only     // boolean

    main:
    def code = CodeDigest.ofModules(projectDir)

    PREPARE_INPUTS(samplesheet, tables, truth, check_only, code)
    def ch_samples = PREPARE_INPUTS.out.samples
    def ch_chunks  = PREPARE_INPUTS.out.chunks

    DECONVOLVE(ch_chunks, PREPARE_INPUTS.out.bulks, PREPARE_INPUTS.out.references, tables.mrna_content, code)

    JUDGE(
        ch_chunks,
        PREPARE_INPUTS.out.bulks,
        DECONVOLVE.out.estimates,
        PREPARE_INPUTS.out.references,
        DECONVOLVE.out.markers,
        PREPARE_INPUTS.out.sections,
        on_poor_fit,
        code,
    )

    MAP_SPATIAL(
        ch_samples,
        DECONVOLVE.out.cells,
        DECONVOLVE.out.proportions,
        PREPARE_INPUTS.out.references,
        DECONVOLVE.out.markers,
        PREPARE_INPUTS.out.sections,
        tables.mrna_content,
        validate_genes,
        code,
    )

    // Of each sample: its reference's files, its own cells and, where it has a section, what became of it. A sample that
    // one of the channels lacks ends the run: none vanishes without a word.
    def ch_of_reference = PREPARE_INPUTS.out.references
        .join(DECONVOLVE.out.markers, failOnMismatch: true, failOnDuplicate: true)
        .join(DECONVOLVE.out.training, failOnMismatch: true, failOnDuplicate: true)
    def ch_to_plot = ch_samples
        .map { sample -> [sample.reference, sample] }
        .combine(ch_of_reference, by: 0)
        .map { _reference, sample, h5ad, markers, training -> [sample.id, sample, h5ad, markers, training] }
        .join(DECONVOLVE.out.proportions, failOnMismatch: true, failOnDuplicate: true)
        .join(JUDGE.out.verdicts, failOnMismatch: true, failOnDuplicate: true)
        .join(DECONVOLVE.out.cells, failOnMismatch: true, failOnDuplicate: true)
        .join(MAP_SPATIAL.out.sections, failOnMismatch: true, failOnDuplicate: true)
        .join(MAP_SPATIAL.out.genes, failOnMismatch: true, failOnDuplicate: true)
        .map { id, sample, reference, markers, training, proportions, verdict, cells, section, spatial, spots, genes ->
            def known = truth ? files("${truth}/${id}/*.csv").sort { csv -> csv.name } : []
            [[id: id, condition: sample.condition], reference, markers, training, proportions, verdict, cells, section, spatial, spots, genes, known]
        }
    PLOT_SAMPLE(ch_to_plot, PREPARE_INPUTS.out.cell_types, code.plot_sample)

    def ch_versions = PREPARE_INPUTS.out.versions
        .mix(DECONVOLVE.out.versions, JUDGE.out.versions, MAP_SPATIAL.out.versions, PLOT_SAMPLE.out.versions)
    def ch_sections = PLOT_SAMPLE.out.multiqc
        .map { meta, parts -> [meta.id, parts] }
        .mix(PREPARE_INPUTS.out.report)
        .toSortedList { a, b -> a[0] <=> b[0] }
        .filter { parts -> parts }
        .map { parts -> parts.collect { _id, files -> files }.flatten() }
        .combine(channel.of(about_the_run.methods).collectFile(name: 'methods_mqc.json'))
        .map { files -> [[id: 'all samples'], files] }
    MULTIQC(
        ch_sections,
        file("${projectDir}/assets/multiqc_config.yml", checkIfExists: true),
        about_the_run.parameters,
        packagesAsJson(ch_versions),
    )

    emit:
    report   = MULTIQC.out.report                    // channel: [meta, html]
    cells    = DECONVOLVE.out.cells                  // channel: [sample id, h5ad]
    spatial  = MAP_SPATIAL.out.sections              // channel: [sample id, section, spatial, spots], [] for what is not there
    versions = ch_versions.mix(MULTIQC.out.versions) // channel: versions.yml
}
