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
    def simple  = ['default', 'resample']
    def profiles = simple + ['bmind']
    // Sets on which the paper's networks and the GANs are trained, each for some minutes.
    def dear    = full ? known.keySet() : ['pbmc3k', 'celllines', 'zeisel']
    def sizes   = [max_cells: settings.max_cells, max_genes: settings.max_genes]
    def small   = [max_cells: settings.robustness_cells, max_genes: settings.robustness_genes]
    def usual   = [
        technologies: [], disturb: 'nothing', share: 0, compositions: ['own'], seeds: [settings.seed], latents: [],
        cells: settings.cells, repeats: settings.repeats, sections: [],
    ]
    def seeds   = (0..<(full ? 5 : 1)).collect { number -> settings.seed + number }
    def numbers = full ? [100, 200, 500, 1000, 5000] : [100, 500] // of spots; few spots of few types only in the full grid
    def spots   = ['random', 'dirichlet'].collectMany { recipe ->
        numbers.collectMany { number -> (number == 100 ? seeds : [settings.seed]).collect { seed -> [recipe, number, seed] } }
    }.findAll { recipe, number, _seed -> full || [recipe, number] != ['dirichlet', 100] }
    def compositions = full ? ['own', 'second', 'third'] : ['own']

    def paired = ['pbmc3k', 'celllines', 'mob'] + (settings.judge ? ['lymphoid', 'baron', 'zeisel'] : [])
    def found = paired.collect { name ->
        usual + sizes + [
            id: "paired-${name}".toString(), set: name, protocol: 'paired', compositions: compositions, seeds: seeds,
            methods: name in dear ? networks : profiles,
        ]
    }
    // Whole sets with all genes: their metrics have targets.
    found += (['pbmc3k', 'mob'] + (settings.judge ? ['lymphoid', 'baron', 'zeisel'] : [])).collect { name ->
        usual + [
            id: "whole-${name}".toString(), set: name, protocol: 'whole', max_cells: null, max_genes: null,
            methods: ['default'], cells: 3000, repeats: 5, sections: spots,
        ]
    }
    def pairs = [['indrop', 'celseq2']] + (full ? [['celseq2', 'indrop'], ['smartseq2', 'celseq2'], ['celseq', 'indrop']] : [])
    found += pairs.collect { reference, held_out ->
        usual + sizes + [
            id: "unpaired-${reference}-${held_out}".toString(), set: 'panc8', protocol: 'unpaired',
            technologies: [reference, held_out], compositions: compositions, seeds: seeds,
            methods: full ? networks : profiles, sections: spots,
        ]
    }
    def shares = full ? [0.01, 0.02, 0.04, 0.08, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9] : [0.1, 0.3, 0.5]
    def noise  = [['nothing', 0]] + ['labels', 'expression'].collectMany { kind -> shares.collect { share -> [kind, share] } }
    found += noise.collect { kind, share ->
        usual + small + [
            id: "noise-${kind}-${share}".toString(), set: 'pbmc3k', protocol: 'noise',
            disturb: kind, share: share, methods: full ? simple + ['paper'] : simple,
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
    return settings.steps == 'spots' ? found.findAll { each -> each.sections }.collect { each -> each + [methods: ['default']] } : found
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
                    row: [
                        task: 'cells', protocol: each.protocol, 'case': each.id, set: each.set, role: each.role,
                        composition: composition, disturbance: each.disturb, share: each.share,
                        method: method.toString(), seed: seed,
                    ],
                ] + (judged_whole(each, composition, seed) ? [:] : [expression_only: true])
            }
    }
}

// Whether cells are compared with real cells one by one, which takes a minute, and not by expression and composition
// alone. Of many bulks and seeds, the first of each is.
def judged_whole(each, composition, seed) {
    return !(each.protocol in ['paired', 'unpaired']) || (composition == 'own' && seed == each.seeds[0])
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

// Generators of other authors that run on a case.
def others(each) {
    return [each.seeds, each.methods - models().keySet()].combinations().collect { seed, method ->
        def meta = [id: "${each.id}.${method}.${seed}".toString(), 'case': each.id, method: method, seed: seed]
        meta + [compositions: each.compositions, n_cells: each.cells]
    }
}

// Estimators of proportions alone: each protocol once, 'paired' once per set.
def estimations(settings) {
    def own    = ['negative_binomial', 'paper']
    def rivals = own + ['scaled_nnls', 'dampened_nnls', 'residual_nnls', 'poisson_em']
    def chosen = asked(settings) || settings.steps == 'spots' ? [] : ['rnamix', 'between_labs', 'missing_type']
    def found  = chosen.collect { protocol ->
        [id: "proportions-${protocol}".toString(), protocol: protocol, methods: protocol == 'missing_type' ? own : rivals, set: null]
    }
    def paired = cases(settings).findAll { each -> each.protocol == 'paired' && (chosen || each.id in asked(settings)) }
    return found + paired.collect { each ->
        [id: "proportions-${each.id}".toString(), protocol: 'paired', methods: rivals, set: each.file - '.h5ad']
    }
}
