#!/usr/bin/env nextflow
/*
    The grid of benchmarks: from bulk and reference to single cells (step 1), and to their spots (step 2, spots.nf), by
    the pipeline's own modules and by rivals. Tables of every run: <outdir>/cells.csv, <outdir>/proportions.csv and
    <outdir>/spots.csv.
*/

include { ESTIMATE_EXPRESSION  } from '../modules/local/bulk2space/estimate_expression'
include { ESTIMATE_PROPORTIONS } from '../modules/local/bulk2space/estimate_proportions'
include { GENERATE_CELLS       } from '../modules/local/bulk2space/generate_cells'
include { RANK_MARKERS         } from '../modules/local/bulk2space/rank_markers'
include { TRAIN_VAE            } from '../modules/local/bulk2space/train_vae'
include { JUDGE_CELLS          } from './modules/judge_cells'
include { JUDGE_PROPORTIONS    } from './modules/judge_proportions'
include { PERTURB_LATENT       } from './modules/perturb_latent'
include { RIVAL_CELLS          } from './modules/rival_cells'
include { SPLIT_REFERENCE      } from './modules/split_reference'
include { SPOTS                } from './spots'
include { code; collected      } from './common'
include { asked; by_type       } from './grid'
include { cases; runs          } from './grid'
include { estimated; trained   } from './grid'
include { generated; models    } from './grid'
include { estimations; others  } from './grid'
include { judged_in; told      } from './grid'
include { tasks                } from './plan'

workflow {
    main:
    def schema   = new ParameterSchema(projectDir.resolve('nextflow_schema.json'))
    def settings = schema.typed(params)
    def problems = schema.problems(params)
    if (problems) {
        error(problems.join('\n'))
    }
    def steps   = CodeDigest.ofModules(projectDir.parent)
    def wanted  = asked(settings)
    def planned_cases = cases(settings)
    def unknown = wanted - planned_cases.id - estimations(settings).id
    if (unknown) {
        error("--cases ${unknown[0]}: is no case of the ${settings.grid} grid, which are ${planned_cases.id.join(', ')}")
    }
    def all     = planned_cases.findAll { each -> !wanted || each.id in wanted }
    def of_case = all.collectEntries { each -> [each.id, each] }
    def all_runs = runs(all)
    def plan     = file("${settings.outdir}/plan.csv")
    plan.parent.mkdirs()
    plan.text    = (['step,tag,size,method,spots,limit'] + tasks(all, settings)*.join(',')).join('\n') + '\n'

    // The cases, and what follows from a reference alone.
    def ch_sets = channel.fromList(all).map { each -> [each, file("${settings.data}/${each.file}")] }
    SPLIT_REFERENCE(ch_sets, code(['cases/noise', 'cases/sections', 'cases/splits']))
    def ch_given   = SPLIT_REFERENCE.out.given.map { meta, h5ad -> [meta.id, h5ad] }
    def ch_bulks   = SPLIT_REFERENCE.out.bulk.map { meta, h5ad -> [meta.id, h5ad] }
    RANK_MARKERS(ch_given.map { id, h5ad -> [[id: id], h5ad] }, steps.rank_markers)
    def ch_markers = RANK_MARKERS.out.csv.map { meta, csv -> [meta.id, csv] }

    ESTIMATE_PROPORTIONS(
        ch_bulks.join(ch_given).join(ch_markers).flatMap { id, bulk, given, markers ->
            estimated(of_case[id]).collect { meta -> [meta, bulk, given, markers] }
        },
        [],
        steps.estimate_proportions,
    )
    def ch_proportions = ESTIMATE_PROPORTIONS.out.csv.map { meta, csv -> [meta.case, meta.way, csv] }

    TRAIN_VAE(
        ch_given.flatMap { id, given -> trained(of_case[id]).collect { meta -> [meta, given] } },
        steps.train_vae,
    )
    def ch_models = TRAIN_VAE.out.model.map { meta, model -> [meta.case, meta.way, meta.seed, model] }

    // Every run of a network of the pipeline: case, network and seed lead to its model.
    def latents = all_runs.findAll { run -> run.method.startsWith('latent-') }.collect { run ->
        def sample = [id: run.id, bulk_column: run.composition, n_cells: run.cells]
        run.subMap('id', 'case', 'method', 'seed') + [samples: [sample], level: run.method - 'latent-']
    }
    def ch_own = channel.fromList(generated(all_runs) + latents)
        .map { run -> [run.case, models().containsKey(run.method) ? run.method : 'default', run.seed, run] }
        .combine(ch_models, by: [0, 1, 2])
        .map { id, way, _seed, run, model -> [id, way, run, model] }
        .combine(ch_proportions, by: [0, 1])
        .map { id, _way, run, model, proportions -> [id, run, model, proportions] }
        .combine(ch_given.join(ch_bulks), by: 0)
        .map { _id, run, model, proportions, given, bulk -> [run, given, bulk, proportions, model, []] }
        .branch { meta, _given, _bulk, _proportions, _model, _composition ->
            network: models().containsKey(meta.level)
            latent: true
        }
    GENERATE_CELLS(ch_own.network, steps.generate_cells)
    def ch_generated = GENERATE_CELLS.out.cells
        .join(GENERATE_CELLS.out.csv)
        .flatMap { meta, cells, csv ->
            meta.samples.collect { sample ->
                [sample.id, cells.find { file -> file.name == "${sample.id}.cells.h5ad" }, csv.find { file -> file.name == "${sample.id}.proportions.csv" }]
            }
        }
    PERTURB_LATENT(
        ch_own.latent.map { meta, given, _bulk, proportions, model, _composition ->
            [meta + meta.samples[0].subMap('bulk_column', 'n_cells'), given, proportions, model]
        },
        code(['rivals/latent']),
    )

    // Mean expression of each type in each bulk, and no cells.
    ESTIMATE_EXPRESSION(
        channel.fromList(by_type(all).collect { each -> [each.id, each.samples] })
            .join(ch_bulks)
            .join(ch_given)
            .join(ch_proportions.filter { _id, way, _csv -> way == 'default' }.map { id, _way, csv -> [id, csv] })
            .map { id, samples, bulk, given, proportions -> [[id: id], samples, bulk, given, proportions] },
        steps.estimate_expression,
    )
    def ch_by_type = ESTIMATE_EXPRESSION.out.h5ad.flatMap { meta, h5ad ->
        all_runs
            .findAll { run -> run.case == meta.id && run.method == 'by_type' }
            .collect { run -> [run.id, h5ad, []] }
    }

    // Rivals train once for all bulks of a case. They get the proportions that the default estimated, and bMIND the bulks.
    RIVAL_CELLS(
        ch_given
            .join(ch_proportions.filter { _id, way, _csv -> way == 'default' }.map { id, _way, csv -> [id, csv] })
            .join(ch_bulks)
            .flatMap { id, given, proportions, bulk ->
                others(of_case[id]).collect { meta -> [meta, given, proportions, bulk] }
            },
        code(['cases/profiles_only', 'rivals/bmind_own', 'rivals/gan', 'rivals/generators']),
    )
    def ch_rivals = RIVAL_CELLS.out.cells.flatMap { meta, cells, training ->
        (cells instanceof List ? cells : [cells]).collect { h5ad ->
            ["${meta.case}.${meta.method}.${h5ad.name - '.cells.h5ad'}.${meta.seed}".toString(), h5ad, training]
        }
    }

    // Every planned run is judged, also one that left no cells.
    def ch_histories = TRAIN_VAE.out.history.flatMap { meta, csv ->
        all_runs
            .findAll { run -> run.case == meta.case && run.seed == meta.seed && run.method == meta.way }
            .collect { run -> [run.id, csv] }
    }
    def ch_cells = ch_generated
        .map { id, h5ad, _csv -> [id, h5ad] }
        .join(ch_histories)
        .mix(ch_rivals, ch_by_type, PERTURB_LATENT.out.cells.map { meta, h5ad -> [meta.id, h5ad, []] })
    def ch_judged_by = ch_given
        .join(ch_bulks)
        .join(SPLIT_REFERENCE.out.judged_by.map { meta, real, truth -> [meta.id, real, truth] })
    def judged = all_runs.findAll { run -> run.judge != 'nothing' }
    def sizes  = judged.countBy { run -> judged_in(run) }
    JUDGE_CELLS(
        channel.fromList(judged.collect { run -> [run.id, run] })
            .join(ch_cells, remainder: true)
            .filter { found -> found[1] instanceof Map }
            .map { _id, run, cells, training = [] ->
                [groupKey(judged_in(run), sizes[judged_in(run)]), run, cells, training]
            }
            .groupTuple()
            .map { key, of_task, cells, trainings ->
                def parts = told(of_task, cells, trainings)
                def meta  = of_task[0].subMap('case', 'judge', 'repeats') + [id: key.toString(), runs: parts.runs]
                [meta.case, meta, parts.cells, parts.trainings]
            }
            .combine(ch_judged_by, by: 0)
            .map { _id, meta, cells, trainings, given, bulk, real, truth -> [meta, cells, trainings, given, bulk, real, truth] },
        code(['cases/profiles_only', 'judges/by_type', 'judges/cells', 'judges/expression', 'judges/likeness', 'judges/tables']),
    )

    JUDGE_PROPORTIONS(
        channel.fromList(estimations(settings)).map { each -> [each, file(settings.data)] },
        code(['cases/bulks', 'cases/data_sets', 'cases/splits', 'judges/proportions', 'rivals/estimators']),
    )

    // Step 2: the default's cells for the held-out cells' own composition are placed into spots of held-out cells.
    def default_runs = all_runs
        .findAll { run -> run.method == 'default' && run.composition == 'own' && run.seed == settings.seed }
        .collectEntries { run -> [run.id, run.case] }
    SPOTS(
        settings.steps == 'cells' ? [] : all,
        SPLIT_REFERENCE.out.judged_by
            .map { meta, real, _truth -> [meta.id, real.find { h5ad -> h5ad.name == 'held_out.h5ad' }] }
            .join(ch_given)
            .join(ch_markers)
            .join(
                ch_generated
                    .filter { id, _cells, _csv -> id in default_runs }
                    .map { id, cells, csv -> [default_runs[id], cells, csv] }
            ),
        settings,
        steps,
    )

    collected(JUDGE_CELLS.out.csv, 'cells.csv', settings.outdir)
    collected(JUDGE_PROPORTIONS.out.csv, 'proportions.csv', settings.outdir)
    collected(SPOTS.out, 'spots.csv', settings.outdir)

    // What the pages say of the size of this run.
    def size = settings.findAll { name, _value -> !(name in ['data', 'outdir']) }
    channel.of(groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(size)))
        .collectFile(name: 'settings.json', storeDir: settings.outdir, newLine: true)
}
