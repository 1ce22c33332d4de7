// From the samplesheet to checked samples and normalised bulks, references and sections.

include { CHECK_SAMPLESHEET                } from '../../../modules/local/bulk2space/check_samplesheet'
include { NORMALIZE as NORMALIZE_BULK      } from '../../../modules/local/bulk2space/normalize'
include { NORMALIZE as NORMALIZE_REFERENCE } from '../../../modules/local/bulk2space/normalize'
include { NORMALIZE as NORMALIZE_SECTION   } from '../../../modules/local/bulk2space/normalize'
include { PLAN_SAMPLES                     } from '../../../modules/local/bulk2space/plan_samples'

workflow PREPARE_INPUTS {
    take:
    samplesheet  // path
    tables       // map: gene_map, gene_lengths, mrna_content, each a path or []
    truth        // path: a folder, or []
    check_only   // boolean: stop after the check
    code         // map: digest of the code of each module

    main:
    def inputs = inputFiles(samplesheet)
    refuseLinksToOutside(inputs)
    def found  = groovy.json.JsonOutput.toJson(inputs.findAll { _written, place -> place }.keySet().toList())
    CHECK_SAMPLESHEET([[id: samplesheet.name], samplesheet], found, code.check_samplesheet)

    // Every distinct input: its reference's id, its meta map, its files.
    def ch_inputs = CHECK_SAMPLESHEET.out.json
        .flatMap { _meta, json -> new groovy.json.JsonSlurperClassic().parseText(json.text).sources }
        .map { source -> [source.reference ?: '', metaOf(source, inputs), filesOf(inputs[source.matrix]), source.meta ? inputs[source.meta] : []] }
        .branch { _reference, meta, _matrix, _table ->
            reference: meta.kind == 'reference'
            bulk: meta.kind == 'bulk'
            section: true
        }

    NORMALIZE_REFERENCE(
        ch_inputs.reference.map { _none, meta, matrix, table -> [meta, matrix, table, []] },
        tables.gene_map,
        [],
        code.normalize,
    )

    // Bulks and sections call their genes as their reference does; '' stands for a reference that cannot be read.
    def ch_findings = NORMALIZE_REFERENCE.out.json.map { meta, json -> [meta.id, json] }.mix(channel.of(['', []]))
    NORMALIZE_BULK(
        ch_inputs.bulk.combine(ch_findings, by: 0).map { _reference, meta, matrix, table, json -> [meta, matrix, table, json] },
        tables.gene_map,
        tables.gene_lengths,
        code.normalize,
    )
    NORMALIZE_SECTION(
        ch_inputs.section.combine(ch_findings, by: 0).map { _reference, meta, matrix, table, json -> [meta, matrix, table, json] },
        tables.gene_map,
        [],
        code.normalize,
    )

    def ch_all_findings = NORMALIZE_BULK.out.json
        .mix(NORMALIZE_REFERENCE.out.json, NORMALIZE_SECTION.out.json)
        .map { _meta, json -> json }
        .toSortedList { a, b -> a.name <=> b.name }
    PLAN_SAMPLES(
        CHECK_SAMPLESHEET.out.json
            .combine(ch_all_findings.map { jsons -> [jsons] })
            .map { meta, checked, jsons -> [meta + (truth ? [truth: InputFolder.state(truth)] : [:]), samplesheet, checked, jsons] },
        tables.mrna_content,
        truth,
        code.plan_samples,
    )

    def ch_plan = PLAN_SAMPLES.out.json
        .map { _meta, json -> plan(json) }
        .filter { !check_only }

    emit:
    planned    = ch_plan                                                                                // channel: map of the plan
    colours    = ch_plan.map { planned -> groovy.json.JsonOutput.toJson(coloursOf(planned)) }.first()       // value: JSON of the colours of all types
    numbers    = ch_plan.map { planned -> numbersOf(planned) }.first()                                  // value: map of how many references, samples and sections there are
    samples    = ch_plan.flatMap { planned -> planned.samples }                                         // channel: sample map
    chunks     = ch_plan.flatMap { planned -> chunks(planned) }                                         // channel: map of the samples of a task: id, samples, bulk, reference, section, cohort, colours
    cohorts    = ch_plan.flatMap { planned -> cohorts(planned) }                                        // channel: map of a cohort: id, bulk, reference, samples
    bulks      = afterwards(ch_plan, NORMALIZE_BULK.out.h5ad)                                           // channel: [bulk id, h5ad]
    references = afterwards(ch_plan, NORMALIZE_REFERENCE.out.h5ad)                                      // channel: [reference id, h5ad]
    sections   = afterwards(ch_plan, NORMALIZE_SECTION.out.h5ad)                                        // channel: [section id, h5ad]
    report     = afterwards(ch_plan, PLAN_SAMPLES.out.multiqc)                                          // channel: [sheet's name, the report's parts]
    versions   = CHECK_SAMPLESHEET.out.versions.mix(
        NORMALIZE_BULK.out.versions,
        NORMALIZE_REFERENCE.out.versions,
        NORMALIZE_SECTION.out.versions,
        PLAN_SAMPLES.out.versions,
    )                                                                                                   // channel: versions.yml
}

// Files by the ids of their tasks, once the plan is known to be without problems.
def afterwards(ch_plan, ch_files) {
    return ch_plan.map { true }.combine(ch_files).map { _planned, meta, files -> [meta.id, files] }
}

// What the sheet names, in order of first appearance: path as written -> file, null where there is none.
// Only paths are read here; everything else about the sheet is CHECK_SAMPLESHEET's to judge.
def inputFiles(samplesheet) {
    def rows = []
    try {
        rows = SheetCells.byColumn(samplesheet.getText('UTF-8'))
    }
    catch (Exception problem) {
        log.debug("Cannot read ${samplesheet}: ${problem.message}")
    }
    return ['bulk', 'reference', 'reference_meta', 'spatial', 'spatial_meta']
        .collectMany { column -> rows*.get(column) }
        .findAll()
        .unique()
        .collectEntries { written -> [written, existing(samplesheet, written)] }
}

// Folders and stores whose links lead out of them, before anything of them is read.
def refuseLinksToOutside(inputs) {
    def found = inputs.findAll { _written, place -> place }.findResults { written, place -> InputFolder.linkToOutside(written, place, projectDir) }
    if (found) {
        error("The samplesheet has ${found.size()} problem${found.size() > 1 ? 's' : ''}:\n" + found.collect { sentence -> "  - ${sentence}" }.join('\n'))
    }
}

def existing(samplesheet, written) {
    try {
        def place = InputFolder.beside(samplesheet, written)
        return place.exists() ? place : null
    }
    catch (Exception problem) {
        log.debug("Cannot reach ${written}: ${problem.message}")
        return null
    }
}

// A store of many files is one input, whose own date does not tell that one of them has changed: its state does.
def metaOf(source, inputs) {
    def meta = [id: source.id, kind: source.kind] + source.subMap('platform', 'section', 'columns').findAll { _key, value -> value }
    def place = inputs[source.matrix]
    if (InputFolder.isStore(place)) {
        return meta + [state: InputFolder.state(place)]
    }
    def folder = place.name in ['.', '..'] ? place.normalize() : place
    return InputFolder.files(place, projectDir) instanceof List ? meta + [folder: folder.name] : meta
}

def filesOf(place) {
    return InputFolder.isStore(place) ? place : InputFolder.files(place, projectDir)
}

// The samples of each task, with what they share: cohort is their cohort and how many tasks it has, or null; colours are
// those of the types of their reference.
def chunks(planned) {
    def of_id  = planned.samples.collectEntries { sample -> [sample.id, sample] }
    def found  = planned.chunks.collect { chunk -> [id: chunk.id, samples: chunk.samples.collect { id -> of_id[id] }] }
    def number = found.countBy { chunk -> chunk.samples[0].cohort }
    return found.collect { chunk ->
        def first  = chunk.samples[0]
        def cohort = first.cohort ? [id: first.cohort, n_tasks: number[first.cohort]] : null
        chunk + first.subMap('bulk', 'reference', 'section') + [cohort: cohort, colours: planned.colours[first.reference]]
    }
}

// The colours of all types of the run; a type that several references have has one.
def coloursOf(planned) {
    return planned.colours.values().inject([:]) { all, colours -> all + colours }.sort()
}

// How many parts the long steps have.
def numbersOf(planned) {
    def samples = planned.samples
    return [references: samples*.reference.unique().size(), samples: samples.size(), sections: samples.count { sample -> sample.section }]
}

// The cohorts, each with its samples in the order of the samplesheet.
def cohorts(planned) {
    return planned.samples.findAll { sample -> sample.cohort }.groupBy { sample -> sample.cohort }.collect { id, samples ->
        [id: id, samples: samples] + samples[0].subMap('bulk', 'reference')
    }
}

// The plan: problems end the run in one message, remarks and the summary go to the log.
def plan(json) {
    def planned = new groovy.json.JsonSlurperClassic().parseText(json.text)
    if (planned.problems) {
        error("The samplesheet has ${planned.problems.size()} problem${planned.problems.size() > 1 ? 's' : ''}:\n" +
            planned.problems.collect { problem -> "  - ${problem.sentence}" }.join('\n'))
    }
    planned.remarks.each { remark -> remark.severity == 'warning' ? log.warn(remark.sentence) : log.info(remark.sentence) }
    planned.summary.each { line -> log.info(line) }
    return planned
}
