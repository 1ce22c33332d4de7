// What surrounds the pipeline: answers to --help and --version, the parameters' checks, the run's records.

workflow RECORD_VERSIONS {
    take:
    versions // channel: versions.yml
    outdir   // string

    main:
    packages(versions).subscribe { found ->
        def own = ['Workflow': [(workflow.manifest.name): workflow.manifest.version, 'Nextflow': "${workflow.nextflow.version}"]]
        file("${outdir}/pipeline_info/versions.yml", glob: false).text = (found + own).collect { process, of ->
            "${process}:\n" + of.collect { name, version -> "    ${name}: ${version}\n" }.join('')
        }.join('')
    }
}

// The text that answers --help or --version; null when the pipeline is to run.
def answerToUser(options, schema) {
    def name = "${workflow.manifest.name} ${workflow.manifest.version}"
    if (options.version == true) {
        return name
    }
    if (options.help == true) {
        return "${name}: ${workflow.manifest.description}\n\n" +
            "  nextflow run ${workflow.manifest.name} -profile docker --input samplesheet.csv --outdir results\n" +
            schema.help()
    }
    return null
}

// Ends the run where parameters have problems, else gives back what the workflow takes.
def initialise(options, problems) {
    if (problems) {
        error("${problems.size() > 1 ? "The parameters have ${problems.size()} problems" : 'The parameters have a problem'}:\n" +
            problems.collect { problem -> "  - ${problem}" }.join('\n'))
    }
    if (!options.check_only && !nextflow.Global.config.process['withLabel:process_gpu']?.ext?.use_gpu) {
        log.info('No GPU is asked for (profile gpu): training and the fit of spots run on the CPU.')
    }
    return [
        samplesheet : file(options.input, glob: false),
        truth       : options.truth ? file(options.truth, glob: false) : [],
        tables      : ['gene_map', 'gene_lengths', 'mrna_content'].collectEntries { name ->
            [name, options[name] ? file(options[name], glob: false) : []]
        },
        report      : [parameters: parametersSection(options), methods: methodsSection(options)],
    ]
}

// Takes the folder of the results for this run alone, and records the parameters in it.
def takeFolder(options) {
    if (workflow.preview) {
        return
    }
    def started = workflow.start.format(java.time.format.DateTimeFormatter.ofPattern('yyyy-MM-dd HH:mm'))
    def taken = OutputFolder.take(file(options.outdir, glob: false), options.outdir, "The run ${workflow.runName}, started ${started} in ${workflow.launchDir},")
    if (taken) {
        error(taken)
    }
    file("${options.outdir}/pipeline_info/params.json", glob: false).text = asJson(options) + '\n'
}

// Says in the log how many of its parts a step has done, as each ends. On a terminal, Nextflow's own list of the steps does.
def tellProgress(ch_done, ch_total, words) {
    def done = []
    ch_done.combine(ch_total).subscribe { entry ->
        done << entry[0]
        def total = entry[-1]
        def each = total > 20 ? total.intdiv(10) : 1 // of many parts, every tenth of them
        if (!nextflow.Global.session.ansiLog && (done.size() % each == 0 || done.size() == total)) {
            log.info("${done.size()} of ${total} ${words}")
        }
    }
}

// The last lines of a run: where it ended well, what was found of each sample, where it lies, and what took longest.
def sayDone(run, options, answers) {
    if (run.preview) {
        return
    }
    def outdir = file(options.outdir, glob: false)
    if (options.check_only) {
        OutputFolder.leave(outdir)
    }
    if (!run.success) {
        def full = FullDisk.sentence("${run.errorMessage} ${run.errorReport}", run.workDir, outdir)
        if (full) {
            log.warn(full)
        }
        if (options.check_only) {
            return
        }
        log.warn("The results in ${options.outdir} are incomplete (${options.outdir}/${OutputFolder.NOTE}): fix the cause and start again with -resume.")
        return
    }
    if (options.check_only) {
        log.info('Checked; nothing else was run (--check_only).')
        return
    }
    OutputFolder.complete(outdir)
    log.info("Done in ${run.duration}")
    found(answers).each { line -> log.info("  ${line}") }
    log.info("  Report:            ${options.outdir}/multiqc/multiqc_report.html")
    log.info("  Files of a sample: ${options.outdir}/<sample>/")
    log.info("  Time of each step: ${options.outdir}/pipeline_info/execution_report.html")
    def longest = timeByStep(file("${options.outdir}/pipeline_info/execution_trace.txt", glob: false))
    if (longest) {
        log.info("  Longest steps:     ${longest}")
    }
}

// The record of the run beside its results, as an RO-Crate.
def recordRun(run, options, schema, planned) {
    def sheet  = file(options.input, glob: false)
    def tables = ['gene_map', 'gene_lengths', 'mrna_content', 'truth'].findAll { name -> options[name] }
    def inputs = [[path: sheet, name: sheet.name, kind: 'samplesheet']] +
        tables.collect { name -> [path: file(options[name], glob: false), name: options[name], kind: name] } +
        planned.inputs.collectMany { input ->
            [input.paths, input.files].transpose().collect { written, made ->
                [path: InputFolder.beside(sheet, written), name: written, kind: input.kind, sha256: made.sha256]
            }
        }
    def folders = planned.samples.collect { sample -> sample.id } +
        planned.samples.collect { sample -> "references/${sample.reference}".toString() }.unique() +
        planned.samples.collect { sample -> "cohorts/${sample.bulk}.${sample.reference}".toString() }.unique() +
        ['multiqc', 'pipeline_info']
    def about = workflow.manifest
    new RunCrate(
        file(options.outdir, glob: false),
        [
            name: about.name, version: about.version, homePage: about.homePage, description: about.description,
            digest: CodeDigest.ofProject(projectDir), nextflow: "${workflow.nextflow.version}".toString(), start: run.start,
            complete: run.complete, command: run.commandLine, session: "${run.sessionId}".toString(),
            error: run.success ? null : run.errorMessage ?: 'failed',
        ],
    ).write(schema.definitions(), options.findAll { name, _value -> !(name in ['help', 'version']) }, inputs, folders)
}

// The three steps that took longest, with the time of all their tasks, from the trace of the run; cached tasks took none.
def timeByStep(trace) {
    if (!trace.exists()) {
        return ''
    }
    def rows  = trace.splitCsv(header: true, sep: '\t').findAll { row -> row.status == 'COMPLETED' && row.realtime != '-' }
    def times = rows.groupBy { row -> row.name.tokenize(' ')[0].tokenize(':').last() }.collect { step, tasks ->
        [step: step, millis: tasks.sum { row -> millis(row.realtime) }]
    }
    return times
        .sort { one -> -one.millis }
        .take(3)
        .collect { one -> "${one.step} ${nextflow.util.Duration.of(one.millis)}" }
        .join(', ')
}

// A time of the trace: words, or milliseconds where a configuration sets trace.raw.
def millis(time) {
    return time.isLong() ? time.toLong() : nextflow.util.Duration.of(time).toMillis()
}

// How many samples have which answer, which have another than good, and how many warnings there are.
def found(given) {
    def answers = given.collectEntries { sample, of_sample -> [sample, of_sample.answer] }
    def counts = answers.countBy { _sample, answer -> answer }
    def told = ['good', 'doubtful', 'poor'].findAll { answer -> counts[answer] }
    def lines = told ? ["${answers.size()} sample${answers.size() > 1 ? 's' : ''}: " + told.collect { answer -> "${counts[answer]} ${answer}" }.join(', ')] : []
    [poor: 'Wrong reference', doubtful: 'With care'].each { answer, words ->
        def samples = answers.findAll { _sample, one -> one == answer }.keySet().toList()
        if (samples) {
            lines << "${words}: ${samples.take(10).join(', ')}${samples.size() > 10 ? " and ${samples.size() - 10} more" : ''}"
        }
    }
    def warnings = given.values().sum { of_sample -> of_sample.warnings } ?: 0
    if (warnings) {
        lines << "${warnings} warning${warnings > 1 ? 's' : ''}, in the report with what to do next"
    }
    return lines
}

def asJson(values) {
    return groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(values))
}

// The packages of each process, by name, as one map: a channel with one value.
def packages(ch_versions) {
    return ch_versions
        .map { yml -> packagesOf(yml.text) }
        .unique()
        .toSortedList { a, b -> a.process <=> b.process }
        .map { found -> found.collectEntries { each -> [each.process, each.packages] } }
}

def packagesAsJson(ch_versions) {
    return packages(ch_versions).map { found -> groovy.json.JsonOutput.toJson(found) }
}

// Read by line and not as YAML, which would take a version such as 1.10 for a number.
def packagesOf(text) {
    def lines = text.readLines()
    def process = lines[0].trim().replaceAll(/["':]+$|^["']/, '').tokenize(':').last()
    def found = lines.drop(1).collectEntries { line -> line.trim().split(/:\s*/, 2).toList() }
    return [process: process, packages: found]
}

// The report's text for a paper's methods section, as MultiQC custom content.
def methodsSection(options) {
    def template = projectDir.resolve('assets/methods_description_template.yml')
    return MethodsText.section(template, options + [pipeline: "${workflow.manifest.name} ${workflow.manifest.version}"])
}

// The report's table of parameters, as MultiQC custom content.
def parametersSection(values) {
    def rows = values.findAll { name, value -> value != null && !(name in ['help', 'version']) }.collect { name, value ->
        def text = value.toString().replace('&', '&amp;').replace('<', '&lt;')
        "<dt><code>--${name}</code></dt><dd><samp>${text}</samp></dd>"
    }
    return groovy.json.JsonOutput.toJson([
        id: 'org-bulk2space-summary',
        section_name: 'Parameters',
        description: "of this run of ${workflow.manifest.name} ${workflow.manifest.version}",
        plot_type: 'html',
        data: "<dl class=\"dl-horizontal\">${rows.join('')}</dl>".toString(),
    ])
}
