#!/usr/bin/env nextflow
/*
    org/bulk2space: single cells in their places, from bulk expression, a single-cell reference and a spatial section.
*/

include { BULK2SPACE      } from './workflows/bulk2space'
include { RECORD_VERSIONS } from './subworkflows/local/utils_bulk2space_pipeline'
include { answerToUser    } from './subworkflows/local/utils_bulk2space_pipeline'
include { initialise      } from './subworkflows/local/utils_bulk2space_pipeline'
include { recordRun       } from './subworkflows/local/utils_bulk2space_pipeline'
include { sayDone         } from './subworkflows/local/utils_bulk2space_pipeline'
include { takeFolder      } from './subworkflows/local/utils_bulk2space_pipeline'

workflow {
    main:
    def schema  = new ParameterSchema(projectDir.resolve('nextflow_schema.json'))
    def options = schema.typed(params)
    def answer  = answerToUser(options, schema) // --help, --version
    if (answer) {
        println(answer)
    }
    else {
        def given = initialise(options, schema.problems(params, workflow.profile.tokenize(',')))
        BULK2SPACE(given.samplesheet, given.tables, given.truth, options, given.report)
        RECORD_VERSIONS(BULK2SPACE.out.versions, options.outdir)
        takeFolder(options) // what is refused before the first task has left no mark

        def run = workflow // which the handler itself does not see
        def said = []
        BULK2SPACE.out.answers.subscribe { answers -> said << answers }
        def plans = []
        BULK2SPACE.out.planned.subscribe { planned -> plans << planned }
        workflow.onComplete {
            sayDone(run, options, said ? said[0] : [:])
            if (plans && !run.preview) {
                recordRun(run, options, schema, plans[0])
            }
        }
    }
}
