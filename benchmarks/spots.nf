/*
    Step 2, spots: sections of held-out cells are mapped by the pipeline's own module with each of its scorers, by
    rivals, and by tools of other authors where they are installed. The cells to place are those of the default.
*/

include { FIT_SPOTS        } from '../modules/local/bulk2space/fit_spots'
include { MAP_SPOTS        } from '../modules/local/bulk2space/map_spots'
include { EXTERNAL_TOOL    } from './modules/external_tool'
include { JUDGE_SPOTS      } from './modules/judge_spots'
include { RIVAL_SPOTS      } from './modules/rival_spots'
include { SIMULATE_SECTION } from './modules/simulate_section'
include { code             } from './common'

// The full grid runs the methods that the paper's tables rank, the reduced one others, too.

// Ways to fit the spots: arguments of FIT_SPOTS.
def fits(grid) {
    def ranked = [model: '']
    return grid == 'full' ? ranked : ranked + [log_nnls: '--method log_nnls --markers-per-type 500']
}

// Ways to run MAP_SPOTS: what they are compared by, on which fit, and their arguments. No scorer may see more genes than
// the others: the published composition works on more markers, so its cells are chosen at random.
def ways(grid) {
    def ranked = [auto: [kind: 'scorer', fit: 'model', args: '--scorer auto']]
    if (grid == 'full') {
        return ranked + [published: [kind: 'scorer', fit: 'model', args: '--scorer published']]
    }
    return ranked + [
        deep_forest: [kind: 'scorer', fit: 'model', args: '--scorer deep_forest'],
        cosine: [kind: 'scorer', fit: 'model', args: '--scorer cosine'],
        random: [kind: 'scorer', fit: 'model', args: '--scorer random'],
        log_nnls: [kind: 'composition', fit: 'log_nnls', args: '--scorer random'],
    ]
}

// Methods of RIVAL_SPOTS, and what they are compared by. Linear assignment also decides on compositions.
def rivals(grid) {
    def ranked = ['logistic_regression', 'decision_tree', 'gradient_boosting', 'perceptron', 'deepgbm']
    def scorers = grid == 'full' ? ranked : ranked + ['linear_assignment']
    return scorers.collectEntries { method -> [method, 'scorer'] } + [spotlight: 'composition', spatialdwls: 'composition']
}

// Tools with an environment of their own, from `make bench-tools`.
def tools(grid) {
    def ranked = ['rctd', 'stereoscope']
    return grid == 'full' ? ranked : ranked + ['flashdeconv', 'tangram', 'cell2location']
}

def interpreter(tool) {
    return projectDir.resolve("results/tools/${tool}/bin/python")
}

def installed(grid) {
    return tools(grid).findAll { tool -> interpreter(tool).toFile().exists() }
}

// Methods that take long for each spot, or minutes for each section: the full grid runs them on sections of at most so many
// spots, with the first seed alone.
def dear() {
    return [published: 100, deepgbm: 500, rctd: 500, stereoscope: 100]
}

// The methods among some that a run of the grid can afford on a section.
def afforded(methods, section, settings) {
    return methods.findAll { method ->
        settings.grid != 'full' || !dear()[method] || (section.n_spots <= dear()[method] && section.seed == settings.seed)
    }
}

// Every section: of which case, by which recipe, of how many spots, with which seed.
def sections(cases) {
    return cases.collectMany { each ->
        each.sections.collect { recipe, number, seed ->
            def id = "${each.id}.${recipe}.${number}.${seed}".toString()
            def row = each.subMap('set', 'role', 'protocol') + ['case': each.id, recipe: recipe, n_spots: number, seed: seed]
            [id: id, 'case': each.id, recipe: recipe, n_spots: number, seed: seed, cells_per_spot: 10, row: row]
        }
    }
}

// A section by a method.
def attempt(section, method) {
    return [id: "${section.id}.${method}".toString(), section: section.id, method: method]
}

workflow SPOTS {
    take:
    cases // of grid.nf
    ch_parts // [case, held out, reference, markers, generated cells, proportions]
    settings // map: the parameters
    steps // map: digest of the code of each module

    main:
    def own = ways(settings.grid)
    def there = installed(settings.grid)
    def learning = rivals(settings.grid)
    def methods = own.collectEntries { method, way -> [method, [way.kind, 'timeout']] } + [means: ['composition', 'timeout']] +
        learning.collectEntries { method, kind -> [method, [kind, 'timeout']] } +
        tools(settings.grid).collectEntries { tool -> [tool, ['external', tool in there ? 'no result' : 'not installed']] }

    def ch_cut = channel.fromList(sections(cases)).map { section -> [section.case, section] }.combine(ch_parts, by: 0)
    SIMULATE_SECTION(ch_cut.map { _case, section, held_out, _r, _m, _c, _p -> [section, held_out] }, code(['cases/sections']))
    def ch_given = SIMULATE_SECTION.out.section
        .map { section, h5ad -> [section.id, h5ad] }
        .join(ch_cut.map { _case, section, _h, reference, markers, cells, proportions ->
            [section.id, section, reference, markers, cells, proportions]
        })

    // Each section is fitted once in each way; the cells have the genes of their bulk.
    FIT_SPOTS(
        ch_given.flatMap { _id, h5ad, section, reference, markers, cells, _proportions ->
            fits(settings.grid).collect { fit, args ->
                def meta = [id: "${section.id}.${fit}".toString(), section: section.id, fit: fit, args: args]
                [meta + [cells_per_spot: section.cells_per_spot, cells_by: 'number'], reference, h5ad, cells, markers]
            }
        },
        [],
        steps.fit_spots,
    )
    def ch_to_map = ch_given
        .flatMap { id, h5ad, section, reference, markers, cells, proportions ->
            afforded(own.keySet(), section, settings).collect { method ->
                def way = own[method]
                [id, way.fit, attempt(section, method) + [args: way.args], cells, reference, h5ad, proportions, markers]
            }
        }
        .combine(FIT_SPOTS.out.composition.map { meta, h5ad -> [meta.section, meta.fit, h5ad] }, by: [0, 1])
        .map { _id, _fit, meta, cells, reference, h5ad, proportions, markers, composition ->
            [meta, cells, reference, h5ad, composition, proportions, markers]
        }
    MAP_SPOTS(ch_to_map, [], steps.map_spots)
    def ch_mapped = MAP_SPOTS.out.csv.join(MAP_SPOTS.out.spatial)

    // Rivals learn once from a case's cells. They fill the quotas that follow from the default's composition.
    def ch_quotas = MAP_SPOTS.out.csv.filter { meta, _csv -> meta.method == 'auto' }.map { meta, csv -> [meta.section, csv] }
    RIVAL_SPOTS(
        ch_given.join(ch_quotas)
            .map { id, h5ad, section, reference, markers, cells, _proportions, quotas ->
                [section.case, [reference, markers, cells], [id, h5ad, quotas, section]]
            }
            .groupTuple()
            .flatMap { id, parts, found ->
                def (reference, markers, cells) = parts[0]
                learning.keySet().collect { method ->
                    def kept = found.findAll { part -> afforded([method], part[3], settings) }
                    def (ids, h5ads, quotas) = kept.sort { part -> part[0] }.transpose()
                    def meta = [id: "${id}.${method}".toString(), method: method, sections: ids]
                    [meta, cells, reference, markers, h5ads, quotas]
                }
            },
        code([
            'rivals/classifiers', 'rivals/compositions', 'rivals/deepgbm', 'rivals/estimators', 'rivals/leaf_embedding',
            'rivals/linear_assignment', 'rivals/spatial_dwls', 'rivals/spotlight',
        ]),
    )
    def ch_rivals = RIVAL_SPOTS.out.placed.flatMap { meta, files ->
        meta.sections.collect { id -> [id, files.findAll { file -> file.name.startsWith("${id}.") }] }
    }
    EXTERNAL_TOOL(
        ch_given.flatMap { _id, h5ad, section, reference, _markers, _cells, _proportions ->
            afforded(there, section, settings).collect { tool -> [attempt(section, tool) + [python: interpreter(tool).toString()], reference, h5ad] }
        },
        code(['rivals/external', 'rivals/poisson_lognormal']),
    )

    // Every section is judged once all its methods have ended, with or without a result.
    def ch_runs = ch_mapped
        .mix(EXTERNAL_TOOL.out.csv)
        .map { found -> [found[0].section, found.drop(1)] }
        .mix(ch_rivals)
        .groupTuple()
        .map { id, files -> [id, files.flatten().sort { file -> file.name }] }
    JUDGE_SPOTS(
        SIMULATE_SECTION.out.truth
            .map { section, h5ad -> [section.id, h5ad] }
            .join(ch_given)
            .join(ch_runs, remainder: true)
            .map { _id, truth, _h5ad, section, reference, markers, _cells, _proportions, files ->
                [section + [methods: methods.subMap(afforded(methods.keySet(), section, settings))], truth, reference, markers, files ?: []]
            },
        code(['cases/placed', 'cases/sections', 'judges/spots', 'judges/tables']),
    )

    emit:
    JUDGE_SPOTS.out.csv // channel: [section, csv]
}
