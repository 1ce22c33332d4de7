include { DECONVOLVE        } from '../subworkflows/local/deconvolve'
include { JUDGE             } from '../subworkflows/local/judge'
include { MAP_SPATIAL       } from '../subworkflows/local/map_spatial'
include { PREPARE_INPUTS    } from '../subworkflows/local/prepare_inputs'
include { MULTIQC           } from '../modules/local/multiqc'
include { COMPARE_SAMPLES   } from '../modules/local/bulk2space/compare_samples'
include { EXPLORE_SECTION   } from '../modules/local/bulk2space/explore_section'
include { PLOT_COHORT       } from '../modules/local/bulk2space/plot_cohort'
include { PLOT_SAMPLE       } from '../modules/local/bulk2space/plot_sample'
include { WRITE_SPATIALDATA } from '../modules/local/bulk2space/write_spatialdata'
include { tellProgress      } from '../subworkflows/local/utils_bulk2space_pipeline'
include { packagesAsJson    } from '../subworkflows/local/utils_bulk2space_pipeline'

workflow BULK2SPACE {
    take:
    samplesheet    // path
    tables         // map: gene_map, gene_lengths, mrna_content, each a path or []
    truth          // path: a folder, or []
    options        // map: validate_genes, on_poor_fit (warn or stop), check_only, skip_cells, write_spatialdata
    about_the_run  // map: sections of the report as JSON, `parameters` and `methods`

    main:
    def code = CodeDigest.ofModules(projectDir)

    PREPARE_INPUTS(samplesheet, tables, truth, options.check_only, code)
    def ch_samples = PREPARE_INPUTS.out.samples
    def ch_chunks  = PREPARE_INPUTS.out.chunks

    def ch_on_sections = ch_samples.filter { sample -> sample.section }
    DECONVOLVE(
        ch_on_sections,
        ch_chunks,
        PREPARE_INPUTS.out.bulks,
        PREPARE_INPUTS.out.references,
        PREPARE_INPUTS.out.sections,
        tables.mrna_content,
        options.skip_cells,
        code,
    )

    JUDGE(
        ch_chunks,
        PREPARE_INPUTS.out.bulks,
        DECONVOLVE.out.estimates,
        PREPARE_INPUTS.out.references,
        DECONVOLVE.out.markers,
        PREPARE_INPUTS.out.sections,
        tables.mrna_content,
        options.on_poor_fit,
        code,
    )

    MAP_SPATIAL(
        ch_on_sections,
        DECONVOLVE.out.cells,
        DECONVOLVE.out.proportions,
        PREPARE_INPUTS.out.references,
        DECONVOLVE.out.markers,
        DECONVOLVE.out.compositions,
        PREPARE_INPUTS.out.sections,
        tables.mrna_content,
        options.validate_genes,
        code,
    )

    def numbers = PREPARE_INPUTS.out.numbers
    tellProgress(DECONVOLVE.out.training.filter { _id, csv -> csv }, numbers.map { found -> found.references }, 'references learned')
    tellProgress(DECONVOLVE.out.of_chunks.flatMap { _id, csvs, _cells -> csvs }, numbers.map { found -> found.samples }, options.skip_cells ? 'samples have proportions' : 'samples have generated cells')
    tellProgress(MAP_SPATIAL.out.sections, numbers.map { found -> found.sections }, 'sections mapped')

    // Spots of an image are [].
    def ch_to_export = MAP_SPATIAL.out.sections
        .filter { options.write_spatialdata }
        .map { id, _section, spatial, _spots, expected, _genes, _patterns -> [[id: id], spatial, expected] }
    WRITE_SPATIALDATA(ch_to_export, code.write_spatialdata)

    // Of the samples of each task: their reference's files, their own and, where one has a section, what became of it. A
    // task that one of the channels lacks ends the run: none vanishes without a word. A sample with a section has a task
    // of its own, whose name is that of the sample.
    def ch_of_reference = PREPARE_INPUTS.out.references
        .join(DECONVOLVE.out.markers, failOnMismatch: true, failOnDuplicate: true)
        .join(DECONVOLVE.out.training, failOnMismatch: true, failOnDuplicate: true)
    def ch_of_section = MAP_SPATIAL.out.sections
        .mix(ch_chunks.filter { chunk -> !chunk.section }.map { chunk -> [chunk.id, [], [], [], [], [], []] })
    def ch_to_plot = ch_chunks
        .map { chunk -> [chunk.reference, chunk] }
        .combine(ch_of_reference, by: 0)
        .map { _reference, chunk, h5ad, markers, training -> [chunk.id, chunk, h5ad, markers, training] }
        .join(DECONVOLVE.out.of_chunks, failOnMismatch: true, failOnDuplicate: true)
        .join(JUDGE.out.of_chunks, failOnMismatch: true, failOnDuplicate: true)
        .join(ch_of_section, failOnMismatch: true, failOnDuplicate: true)
        .map { id, chunk, reference, markers, training, proportions, cells, verdicts, section, spatial, spots, expected, genes, patterns ->
            def samples = chunk.samples.collect { sample -> sample.subMap('id', 'condition', 'chapters', 'cohort') }
            def known = truth ? samples.collectMany { sample -> trueFiles(truth, sample.id) } : []
            def meta = [id: id, samples: samples, truth: known.collect { sample, _csv -> sample }]
            [meta, reference, markers, training, proportions, verdicts, cells, section, spatial, spots, expected, genes, patterns, known.collect { _sample, csv -> csv }]
        }
    PLOT_SAMPLE(ch_to_plot, PREPARE_INPUTS.out.colours, code.plot_sample)

    def ch_to_explore = ch_to_plot
        .filter { _meta, _reference, _markers, _training, _proportions, _verdicts, _cells, section, _spatial, _spots, _expected, _genes, _patterns, _known -> section }
        .map { meta, _reference, markers, _training, _proportions, verdicts, _cells, section, spatial, _spots, expected, _genes, patterns, _known ->
            [[id: meta.id], section, spatial, expected, patterns[0], markers, verdicts[0]]
        }
    EXPLORE_SECTION(ch_to_explore, PREPARE_INPUTS.out.colours, code.explore_section)

    // The tables of all samples of each cohort, once its last task has made them.
    def ch_cohorts = ch_to_plot
        .map { meta, _reference, _markers, _training, proportions, verdicts, _cells, _section, _spatial, _spots, _expected, _genes, _patterns, _known ->
            [meta.id, proportions, verdicts]
        }
        .join(ch_chunks.map { chunk -> [chunk.id, chunk.cohort] }, failOnMismatch: true, failOnDuplicate: true)
        .filter { _id, _proportions, _verdicts, cohort -> cohort }
        .map { _id, proportions, verdicts, cohort -> [groupKey(cohort.id, cohort.n_tasks), proportions, verdicts] }
        .groupTuple()
        .map { cohort, proportions, verdicts ->
            [cohort.toString(), proportions.flatten().sort { csv -> csv.name }, verdicts.flatten().sort { csv -> csv.name }]
        }
        .join(PREPARE_INPUTS.out.cohorts.map { cohort -> [cohort.id, cohort] }, failOnMismatch: true, failOnDuplicate: true)
        .map { id, proportions, verdicts, cohort ->
            def samples = cohort.samples.collect { sample -> sample.subMap('id', 'bulk_column', 'condition', 'covariates') }
            [cohort.bulk, cohort.reference, [id: id, samples: samples], proportions, verdicts]
        }
    def ch_to_compare = ch_cohorts
        .join(DECONVOLVE.out.expression, by: [0, 1], failOnDuplicate: true)
        .map { _bulk, _reference, meta, proportions, verdicts, h5ad -> [meta, proportions, verdicts, h5ad] }
    COMPARE_SAMPLES(ch_to_compare, code.compare_samples)
    COMPARE_SAMPLES.out.remarks
        .flatMap { _meta, json -> new groovy.json.JsonSlurperClassic().parseText(json.text) }
        .subscribe { remark -> log.warn("${remark.subject}: ${remark.sentence}") }

    def ch_compared = COMPARE_SAMPLES.out.csv
        .join(COMPARE_SAMPLES.out.samples, failOnMismatch: true, failOnDuplicate: true)
        .join(COMPARE_SAMPLES.out.remarks, failOnMismatch: true, failOnDuplicate: true)
    def ch_to_plot_cohort = ch_cohorts.map { _bulk, _reference, meta, proportions, verdicts -> [meta, proportions, verdicts] }
    PLOT_COHORT(ch_to_plot_cohort.join(ch_compared, failOnMismatch: true, failOnDuplicate: true), code.plot_cohort)

    def ch_versions = PREPARE_INPUTS.out.versions
        .mix(DECONVOLVE.out.versions, JUDGE.out.versions, MAP_SPATIAL.out.versions, WRITE_SPATIALDATA.out.versions, PLOT_SAMPLE.out.versions, EXPLORE_SECTION.out.versions, COMPARE_SAMPLES.out.versions, PLOT_COHORT.out.versions)
    def ch_sections = PLOT_SAMPLE.out.multiqc
        .mix(PLOT_COHORT.out.multiqc)
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
        file("${projectDir}/assets/report", type: 'dir', checkIfExists: true),
        about_the_run.parameters,
        packagesAsJson(ch_versions),
        CodeDigest.ofFolder(projectDir.resolve('assets/report')),
    )

    emit:
    planned  = PREPARE_INPUTS.out.planned            // channel: map of the plan
    report   = MULTIQC.out.report                    // channel: [meta, html]
    answers  = MULTIQC.out.data.map { _meta, folder -> answers(folder) } // channel: map of sample -> [answer: good, doubtful or poor, warnings: number]
    cells    = DECONVOLVE.out.cells                  // channel: [sample id, h5ad]
    spatial  = MAP_SPATIAL.out.sections              // channel: [sample id, section, spatial, spots, expected, genes, patterns] of samples with a section
    versions = ch_versions.mix(MULTIQC.out.versions) // channel: versions.yml
}

// Pairs of a sample's id and a file of its ground truth.
def trueFiles(truth, id) {
    def folder = truth.resolve("${id}") // not by a pattern: the path may hold characters that patterns use
    def found = folder.isDirectory() ? folder.listFiles().findAll { file -> file.name.endsWith('.csv') } : []
    return found.sort { csv -> csv.name }.collect { csv -> [id, csv] }
}

// What the report says of each sample, from the tables of the report.
def answers(folder) {
    def table = folder.resolve('multiqc_general_stats.txt')
    def lines = table.exists() ? table.readLines().collect { line -> line.split('\t', -1) } : []
    def columns = ['answer', 'warnings'].collectEntries { key -> [key, lines ? lines[0].findIndexOf { name -> name.endsWith(key) } : -1] }
    return columns.answer < 0 ? [:] : lines.drop(1).collectEntries { values ->
        def warnings = columns.warnings < 0 ? '' : values[columns.warnings]
        [values[0], [answer: values[columns.answer], warnings: warnings ? warnings.toDouble() as int : 0]]
    }
}
