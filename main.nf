#!/usr/bin/env nextflow
/*
    org/bulk2space: single cells in their places, from bulk expression, a single-cell reference and a spatial section.
*/

include { BULK2SPACE               } from './workflows/bulk2space'
include { PIPELINE_COMPLETION      } from './subworkflows/local/utils_bulk2space_pipeline'
include { answerToUser; initialise } from './subworkflows/local/utils_bulk2space_pipeline'

workflow {
    main:
    def answer = answerToUser(params) // --help, --version
    if (answer) {
        println(answer)
    }
    else {
        def given = initialise(params)
        BULK2SPACE(given.samplesheet, given.tables, given.truth, params.validate_genes, given.report, params.check_only)
        PIPELINE_COMPLETION(BULK2SPACE.out.versions, params.outdir, params.check_only)
    }
}
