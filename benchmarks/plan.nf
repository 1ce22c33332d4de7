// Every task of a run before it starts, as the workflow makes them: from them follows how long it will take.

include { estimated; estimations; models; others; runs; trained } from './grid'
include { afforded; fits; installed; rivals; sections; ways     } from './spots'

// One row for each task: process, tag, size, method, spots, and the seconds after which a training is ended. Cases of one
// size take alike. Cells that are judged by expression alone take alike whatever made them. 0 stands for none.
def tasks(cases, settings) {
    def size     = cases.collectEntries { each -> [each.id, size_of(each)] }
    def of       = { process, each, method, limit = 0 -> [process, each.id, size[each.case], method, 0, limit] }
    def limit    = 60 * settings.minutes
    def all      = runs(cases)
    def judged   = settings.steps == 'spots' ? [] : all
    def itself   = cases.collect { each -> [id: each.id, 'case': each.id] }
    return itself.collect { each -> of('SPLIT_REFERENCE', each, '') } +
        itself.collect { each -> of('RANK_MARKERS', each, '') } +
        cases.collectMany { each -> estimated(each) }.collect { meta -> of('ESTIMATE_PROPORTIONS', meta, meta.way) } +
        cases.collectMany { each -> trained(each) }.collect { meta -> of('TRAIN_VAE', meta, meta.way, limit) } +
        cases.collectMany { each -> others(each) }.collect { meta -> of('RIVAL_CELLS', meta, meta.method, limit) } +
        all.findAll { run -> run.method in models().keySet() }.collect { run -> of('GENERATE_CELLS', run, run.method) } +
        all.findAll { run -> run.method.startsWith('latent-') }.collect { run -> of('PERTURB_LATENT', run, run.method) } +
        judged.collect { run -> of('JUDGE_CELLS', run, run.expression_only || run.method == 'bmind' ? 'expression' : run.method) } +
        estimations(settings).collect { each -> ['JUDGE_PROPORTIONS', each.id, each.id, '', 0, 0] } +
        (settings.steps == 'cells' ? [] : tasks_of_spots(sections(cases), size, settings))
}

def size_of(each) {
    return each.protocol in ['paired', 'whole'] ? each.id : each.protocol == 'unpaired' ? 'technologies' : 'small'
}

def tasks_of_spots(all, size, settings) {
    def of = { process, section, method, tag = "${section.id}.${method}" ->
        [process, tag, size[section.case], method, section.n_spots, 0]
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
                .collect { id, own -> ['RIVAL_SPOTS', "${id}.${method}", size[id], method, own*.n_spots.sum(), 0] }
        } +
        all.collect { section -> of('JUDGE_SPOTS', section, '', section.id) }
}
