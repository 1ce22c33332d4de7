// From the samplesheet to checked samples and normalised bulks, references and sections.

import groovy.json.JsonOutput
import groovy.json.JsonSlurperClassic

include { CHECK_SAMPLESHEET                } from '../../../modules/local/bulk2space/check_samplesheet'
include { NORMALIZE as NORMALIZE_BULK      } from '../../../modules/local/bulk2space/normalize'
include { NORMALIZE as NORMALIZE_REFERENCE } from '../../../modules/local/bulk2space/normalize'
include { NORMALIZE as NORMALIZE_SECTION   } from '../../../modules/local/bulk2space/normalize'

workflow PREPARE_INPUTS {
    take:
    samplesheet  // path
    mrna_content // path: a table, or []
    truth        // path: a folder, or []
    check_only   // boolean: stop after the check
    code         // string: digest of the package

    main:
    def inputs = inputFiles(samplesheet)
    def staged = stagedPlaces(inputs)
    CHECK_SAMPLESHEET([[id: samplesheet.name], samplesheet, inputs.values().findAll()], mrna_content, truth, staged, code)

    def ch_checked = CHECK_SAMPLESHEET.out.json
        .map { _meta, json -> checkedSheet(json) }
        .filter { !check_only }

    NORMALIZE_BULK(
        ch_checked.flatMap { it.bulks }.map { bulk -> [[id: bulk.id], inputs[bulk.matrix], []] },
        'bulk',
        code,
    )
    NORMALIZE_REFERENCE(
        ch_checked.flatMap { it.references }.map { reference ->
            [[id: reference.id], inputs[reference.matrix], reference.meta ? inputs[reference.meta] : []]
        },
        'reference',
        code,
    )
    NORMALIZE_SECTION(
        ch_checked.flatMap { it.sections }.map { section ->
            [[id: section.id, platform: section.platform], inputs[section.matrix], section.meta ? inputs[section.meta] : []]
        },
        'section',
        code,
    )

    emit:
    cell_types = ch_checked.map { JsonOutput.toJson(it.cell_types) }.first()               // value: JSON list of all types
    samples    = ch_checked.flatMap { it.samples }                                         // channel: sample map
    bulks      = NORMALIZE_BULK.out.h5ad.map { meta, h5ad -> [meta.id, h5ad] }             // channel: [bulk id, h5ad]
    references = NORMALIZE_REFERENCE.out.h5ad.map { meta, h5ad -> [meta.id, h5ad] }        // channel: [reference id, h5ad]
    sections   = NORMALIZE_SECTION.out.h5ad.map { meta, h5ad -> [meta.id, h5ad] }          // channel: [section id, h5ad]
    versions   = CHECK_SAMPLESHEET.out.versions.mix(
        NORMALIZE_BULK.out.versions,
        NORMALIZE_REFERENCE.out.versions,
        NORMALIZE_SECTION.out.versions,
    )                                                                                      // channel: versions.yml
}

// What the sheet names, in order of first appearance: path as written -> file, null where there is none.
// Only paths are read here; everything else about the sheet is CHECK_SAMPLESHEET's to judge.
def inputFiles(samplesheet) {
    def rows = []
    try {
        rows = samplesheet.splitCsv(header: true, strip: true, quote: '"')
    }
    catch (Exception problem) {
        log.debug("Cannot read ${samplesheet}: ${problem.message}")
    }
    return ['bulk', 'reference', 'reference_meta', 'spatial', 'spatial_meta']
        .collectMany { column -> rows.collect { row -> row[column]?.trim() } }
        .findAll()
        .unique()
        .collectEntries { written -> [written, existing(samplesheet, written)] }
}

// Relative paths start at the samplesheet's folder.
def existing(samplesheet, written) {
    def isWhole = written.startsWith('/') || written =~ /^[A-Za-z][A-Za-z0-9+.-]*:\/\//
    try {
        def place = isWhole ? file(written, glob: false) : samplesheet.resolveSibling(written)
        return place.exists() ? place : null
    }
    catch (Exception problem) {
        log.debug("Cannot reach ${written}: ${problem.message}")
        return null
    }
}

// Where each input lies in CHECK_SAMPLESHEET's folder: stageAs 'inputs/?/*' numbers the files from 1.
def stagedPlaces(inputs) {
    def number = 0
    def places = inputs.collect { written, place -> [path: written, staged: place ? "inputs/${++number}/${place.name}".toString() : null] }
    return JsonOutput.toJson(places)
}

// The check's findings: problems end the run in one message, warnings and the summary go to the log.
def checkedSheet(json) {
    def checked = new JsonSlurperClassic().parseText(json.text)
    if (checked.problems) {
        error("The samplesheet has ${checked.problems.size()} problem${checked.problems.size() > 1 ? 's' : ''}:\n" +
            checked.problems.collect { "  - ${it}" }.join('\n'))
    }
    checked.warnings.each { log.warn(it) }
    checked.summary.each { log.info(it) }
    return checked
}
