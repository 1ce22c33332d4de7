// How data sets are cut, and which methods run on them. Sets with the role 'judging' are only used with --judge.

def sets() {
    return [
        [name: 'pbmc3k', file: 'sc_pbmc3k_10x.h5ad', role: 'tuning'],
        [name: 'celllines', file: 'sc_celllines_celseq2_5cl.h5ad', role: 'tuning'],
        [name: 'mob', file: 'sc_mob_tepe.h5ad', role: 'tuning'],
        [name: 'panc8', file: 'sc_pancreas_panc8_small.h5ad', role: 'tuning'],
        [name: 'lymphoid', file: 'sc_lymphoid_ref.h5ad', role: 'judging'],
        [name: 'baron', file: 'sc_pancreas_baron_subset.h5ad', role: 'judging'],
        [name: 'zeisel', file: 'sc_brain_zeisel_subset.h5ad', role: 'judging'],
    ]
}

// The cases that --cases names; none stands for all.
def asked(settings) {
    return (settings.cases ?: '').tokenize(',')
}

// Every case: one reference, disturbed or not, its bulks, and the methods that run on it.
def cases(settings) {
    def full    = settings.grid == 'full'
    def known   = sets().collectEntries { each -> [each.name, each] }
    def networks = ['default', 'paper', 'gan', 'cgan', 'bmind', 'resample']
    def in_tables = networks - 'resample' + 'by_type' // those that the paper's tables rank
    def simple  = ['default', 'resample']
    def profiles = simple + ['bmind']
    // Sets on which the paper's networks and the GANs are trained, each for some minutes.
    def dear    = ['pbmc3k', 'celllines', 'zeisel']
    // The full grid ranks the methods of the paper by expression, of many seeds and bulks. All else is in the reduced one.
    def ranked  = full ? [judge: 'expression'] : [:]
    def sizes   = [max_cells: settings.max_cells, max_genes: settings.max_genes]
    def small   = [max_cells: settings.robustness_cells, max_genes: settings.robustness_genes]
    def usual   = [
        technologies: [], disturb: 'nothing', share: 0, compositions: ['own'], seeds: [settings.seed], latents: [],
        cells: settings.cells, repeats: settings.repeats, sections: [], judge: 'cells',
    ]
    def seeds   = (0..<(full ? 5 : 1)).collect { number -> settings.seed + number }
    def numbers = full ? [100, 200, 500, 1000, 5000] : [100, 500] // of spots; few spots of few types only in the full grid
    def spots   = ['random', 'dirichlet'].collectMany { recipe ->
        numbers.collectMany { number -> (number == 100 ? seeds : [settings.seed]).collect { seed -> [recipe, number, seed] } }
    }.findAll { recipe, number, _seed -> full || [recipe, number] != ['dirichlet', 100] }
    def compositions = full ? ['own', 'second', 'third'] : ['own']

    def paired = ['pbmc3k', 'celllines', 'mob'] + (settings.judge ? ['lymphoid', 'baron', 'zeisel'] : [])
    def found = paired.collect { name ->
        usual + sizes + ranked + [
            id: "paired-${name}".toString(), set: name, protocol: 'paired', compositions: compositions, seeds: seeds,
            methods: full ? in_tables : name in dear ? networks : profiles,
        ]
    }
    // Whole sets with all genes: their metrics have targets. The full grid only places their cells.
    found += (['pbmc3k', 'mob'] + (settings.judge ? ['lymphoid', 'baron', 'zeisel'] : [])).collect { name ->
        usual + [
            id: "whole-${name}".toString(), set: name, protocol: 'whole', max_cells: null, max_genes: null,
            methods: ['default'], cells: 3000, repeats: 5, sections: spots, judge: full ? 'nothing' : 'cells',
        ]
    }
    def pairs = [['indrop', 'celseq2']] + (full ? [['celseq2', 'indrop'], ['smartseq2', 'celseq2'], ['celseq', 'indrop']] : [])
    found += pairs.collect { reference, held_out ->
        usual + sizes + ranked + [
            id: "unpaired-${reference}-${held_out}".toString(), set: 'panc8', protocol: 'unpaired',
            technologies: [reference, held_out], compositions: compositions, seeds: seeds,
            methods: full ? in_tables : profiles, sections: spots,
        ]
    }
    def shares = full ? [0.01, 0.02, 0.04, 0.08, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9] : [0.1, 0.3, 0.5]
    def noise  = [['nothing', 0]] + ['labels', 'expression'].collectMany { kind -> shares.collect { share -> [kind, share] } }
    found += noise.collect { kind, share ->
        usual + small + [
            id: "noise-${kind}-${share}".toString(), set: 'pbmc3k', protocol: 'noise',
            disturb: kind, share: share, methods: simple,
        ]
    }
    found += [
        usual + small + [
            id: 'repeats', set: 'pbmc3k', protocol: 'repeats', methods: ['default'],
            seeds: (0..<(full ? 100 : 20)).collect { number -> settings.seed + number },
        ],
        usual + small + [
            id: 'latent', set: 'pbmc3k', protocol: 'latent', methods: [], latents: ['0', '1', '2', 'prior'],
        ],
        usual + small + [
            id: 'annotation_free', set: 'pbmc3k', protocol: 'annotation_free', disturb: 'annotation', methods: ['default'],
        ],
    ]
    found = found.collect { each -> each + known[each.set].subMap('file', 'role') }
    def placed = [methods: ['default'], compositions: ['own'], seeds: [settings.seed], judge: 'nothing']
    return settings.steps == 'spots' ? found.findAll { each -> each.sections }.collect { each -> each + placed } : found
}

// Every run: one method on one bulk with one seed. Its id names its files.
def runs(cases) {
    return cases.collectMany { each ->
        [each.seeds, each.compositions, each.methods + each.latents.collect { level -> "latent-${level}" }]
            .combinations()
            .collect { seed, composition, method ->
                [
                    id: "${each.id}.${method}.${composition}.${seed}".toString(),
                    'case': each.id,
                    method: method.toString(),
                    composition: composition,
                    seed: seed,
                    cells: each.cells,
                    repeats: each.repeats,
                    judge: each.judge,
                    row: [
                        task: 'cells', protocol: each.protocol, 'case': each.id, set: each.set, role: each.role,
                        composition: composition, disturbance: each.disturb, share: each.share,
                        method: method.toString(), seed: seed,
                    ],
                ]
            }
    }
}

// The runs of the pipeline's own networks that share a network: their cells, for several bulks, are generated in one task.
def generated(runs) {
    return runs.findAll { run -> run.method in models().keySet() }
        .groupBy { run -> [run.case, run.method, run.seed] }
        .collect { key, own ->
            def samples = own.collect { run -> [id: run.id, bulk_column: run.composition, n_cells: run.cells] }
            def named = ['case', 'method', 'seed']
            [id: key.join('.'), samples: samples, level: own[0].method] + own[0].subMap(named)
        }
}

// The task that judges a run. Cells that are compared with real cells one by one take a minute, and have their own; those
// judged by expression alone share one for each case and method.
def judged_in(run) {
    return run.judge == 'cells' ? run.id : "${run.case}.${run.method}".toString()
}

// Runs as JUDGE_CELLS is told them, in order of their ids: which of its files is whose, with none for a method that left none.
def told(runs, cells, trainings) {
    def found = [runs: [], cells: [], trainings: []]
    [runs, cells, trainings].transpose().sort { part -> part[0].id }.each { run, h5ad, training ->
        def place = [cells: h5ad ? found.cells.size() : null, training: training ? found.trainings.size() : null]
        found.runs << place + [bulk_column: run.composition, model: models()[run.method], row: run.row]
        found.cells += h5ad ? [h5ad] : []
        found.trainings += training ? [training] : []
    }
    return found
}

// The ways of estimating proportions, of which each network needs its own.
def estimated(each) {
    return ['default', 'paper'].findAll { way -> way == 'default' || way in each.methods }.collect { way ->
        [id: "${each.id}.${way}".toString(), 'case': each.id, way: way]
    }
}

// The networks of the pipeline: that of the default, and the published one.
def models() {
    return ['default': 'counts', paper: 'published']
}

// The networks that a case needs.
def trained(each) {
    def wanted = models().keySet().findAll { way -> way in each.methods || (way == 'default' && each.latents) }
    return [each.seeds, wanted].combinations().collect { seed, way ->
        [id: "${each.id}.${way}.${seed}".toString(), 'case': each.id, way: way, model: models()[way], seed: seed]
    }
}

// The cases of which the pipeline estimates the expression of each type: once for all bulks and seeds.
def by_type(cases) {
    return cases.findAll { each -> 'by_type' in each.methods }.collect { each ->
        [id: each.id, samples: each.compositions.collect { column -> [id: column, bulk_column: column] }]
    }
}

// Generators of other authors that run on a case.
def others(each) {
    return [each.seeds, each.methods - models().keySet() - 'by_type'].combinations().collect { seed, method ->
        def meta = [id: "${each.id}.${method}.${seed}".toString(), 'case': each.id, method: method, seed: seed]
        meta + [compositions: each.compositions, n_cells: each.cells]
    }
}

// Estimators of proportions alone: each protocol once, 'paired' once per set.
def estimations(settings) {
    def own    = ['negative_binomial', 'paper']
    def rivals = own + ['scaled_nnls', 'dampened_nnls', 'residual_nnls', 'poisson_em']
    def alone  = ['rnamix', 'between_labs', 'missing_type'].collect { protocol ->
        [id: "proportions-${protocol}".toString(), protocol: protocol, methods: protocol == 'missing_type' ? own : rivals, set: null]
    }
    def paired = cases(settings).findAll { each -> each.protocol == 'paired' }.collect { each ->
        [id: "proportions-${each.id}".toString(), protocol: 'paired', methods: rivals, set: each.file - '.h5ad', of: each.id]
    }
    def wanted = asked(settings)
    return settings.steps == 'spots' || settings.grid == 'full' ? [] : (alone + paired).findAll { each -> !wanted || each.id in wanted || each.of in wanted }
}
