// Every task of a run before it starts, as the workflow makes them: from them follows how long it will take.

include { estimated; estimations; models; others; runs; trained } from './grid'
include { afforded; fits; installed; rivals; sections; ways     } from './spots'

// Process, tag, case, method, spots, and the seconds after which a training is ended; 0 stands for none.
def tasks(cases, settings) {
    def limit = 60 * settings.minutes
    def names = cases*.id
    def of    = { process, each, method -> [process, each.id, each.case, method, 0, 0] }
    def training = { process, each, method -> [process, each.id, each.case, method, 0, limit] }
    def all   = runs(cases)
    def judged = settings.steps == 'spots' ? [] : all
    return names.collect { id -> of('SPLIT_REFERENCE', [id: id, 'case': id], '') } +
        names.collect { id -> of('RANK_MARKERS', [id: id, 'case': id], '') } +
        cases.collectMany { each -> estimated(each) }.collect { meta -> of('ESTIMATE_PROPORTIONS', meta, meta.way) } +
        cases.collectMany { each -> trained(each) }.collect { meta -> training('TRAIN_VAE', meta, meta.way) } +
        cases.collectMany { each -> others(each) }.collect { meta -> training('RIVAL_CELLS', meta, meta.method) } +
        all.findAll { run -> run.method in models().keySet() }.collect { run -> of('GENERATE_CELLS', run, run.method) } +
        all.findAll { run -> run.method.startsWith('latent-') }.collect { run -> of('PERTURB_LATENT', run, run.method) } +
        judged.collect { run -> of('JUDGE_CELLS', run, run.method + (run.expression_only ? ' by expression' : '')) } +
        estimations(settings).collect { each -> of('JUDGE_PROPORTIONS', each + ['case': each.id], '') } +
        (settings.steps == 'cells' ? [] : tasks_of_spots(sections(cases), settings))
}

def tasks_of_spots(all, settings) {
    def of = { process, section, method, tag = "${section.id}.${method}" ->
        [process, tag, section.case, method, section.n_spots, 0]
    }
    return all.collect { section -> of('SIMULATE_SECTION', section, '', section.id) } +
        all.collectMany { section -> fits().keySet().collect { fit -> of('FIT_SPOTS', section, fit) } } +
        all.collectMany { section ->
            afforded(ways(settings.grid).keySet(), section, settings).collect { method -> of('MAP_SPOTS', section, method) }
        } +
        all.collectMany { section ->
            afforded(installed(), section, settings).collect { tool -> of('EXTERNAL_TOOL', section, tool) }
        } +
        rivals().keySet().collectMany { method ->
            all.findAll { section -> afforded([method], section, settings) }.groupBy { section -> section.case }
                .collect { id, own -> ['RIVAL_SPOTS', "${id}.${method}", id, method, own*.n_spots.sum(), 0] }
        } +
        all.collect { section -> of('JUDGE_SPOTS', section, '', section.id) }
}
