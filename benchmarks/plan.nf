// Every task of a run before it starts, as the workflow makes them: from them follows how long it will take.

include { by_type; estimated; estimations; generated; judged_in; others; runs; trained } from './grid'
include { afforded; fits; installed; rivals; sections; ways     } from './spots'

// One row for each task: process, tag, size, method, spots, and the seconds after which a training is ended. Cases of one
// size take alike. Cells that are judged by expression alone take alike whatever made them. 0 stands for none.
def tasks(cases, settings) {
    def size   = cases.collectEntries { each -> [each.id, size_of(each)] }
    def limit  = 60 * settings.minutes
    def all    = runs(cases)
    def judged = all.findAll { run -> run.judge != 'nothing' }.collectEntries { run -> [judged_in(run), run] }
    def found  = ['SPLIT_REFERENCE', 'RANK_MARKERS'].collectMany { step -> cases.collect { each -> [step, each.id, each.id, '', 0] } } +
        cases.collectMany { each -> estimated(each) }.collect { meta -> ['ESTIMATE_PROPORTIONS', meta.id, meta.case, meta.way, 0] } +
        cases.collectMany { each -> trained(each) }.collect { meta -> ['TRAIN_VAE', meta.id, meta.case, meta.way, limit] } +
        cases.collectMany { each -> others(each) }.collect { meta -> ['RIVAL_CELLS', meta.id, meta.case, meta.method, limit] } +
        by_type(cases).collect { meta -> ['ESTIMATE_EXPRESSION', meta.id, meta.id, 'by_type', 0] } +
        generated(all).collect { meta -> ['GENERATE_CELLS', meta.id, meta.case, meta.method, 0] } +
        all.findAll { run -> run.method.startsWith('latent-') }.collect { run -> ['PERTURB_LATENT', run.id, run.case, run.method, 0] } +
        judged.collect { id, run -> ['JUDGE_CELLS', id, run.case, judged_by(run), 0] }
    return found.collect { step, tag, id, method, most -> [step, tag, size[id], method, 0, most] } +
        estimations(settings).collect { each -> ['JUDGE_PROPORTIONS', each.id, each.id, '', 0, 0] } +
        (settings.steps == 'cells' ? [] : tasks_of_spots(sections(cases), size, settings))
}

def size_of(each) {
    return each.protocol in ['paired', 'whole'] ? each.id : each.protocol == 'unpaired' ? 'technologies' : 'small'
}

def judged_by(run) {
    return run.judge == 'expression' || run.method == 'bmind' ? 'expression' : run.method
}

def tasks_of_spots(all, size, settings) {
    def of_section = all.collectMany { section ->
        [['SIMULATE_SECTION', section, section.id, ''], ['JUDGE_SPOTS', section, section.id, '']] +
            fits(settings.grid).keySet().collect { fit -> ['FIT_SPOTS', section, "${section.id}.${fit}", fit] } +
            afforded(ways(settings.grid).keySet(), section, settings).collect { method ->
                ['MAP_SPOTS', section, "${section.id}.${method}", method]
            } +
            afforded(installed(settings.grid), section, settings).collect { tool -> ['EXTERNAL_TOOL', section, "${section.id}.${tool}", tool] }
    }
    def learned = rivals(settings.grid).keySet().collectMany { method ->
        all.findAll { section -> afforded([method], section, settings) }
            .groupBy { section -> section.case }
            .collect { id, own -> ['RIVAL_SPOTS', "${id}.${method}", size[id], method, own.sum { section -> section.n_spots }, 0] }
    }
    return learned + of_section.collect { step, section, tag, method -> [step, tag, size[section.case], method, section.n_spots, 0] }
}
