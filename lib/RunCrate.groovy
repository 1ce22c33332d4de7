import groovy.json.JsonOutput
import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest
import java.time.temporal.ChronoUnit

/**
 * The record of a run beside its results: ro-crate-metadata.json, a Workflow Run Crate
 * (https://w3id.org/ro/wfrun/workflow/0.5).
 *
 * It names the workflow with its version and digest, every parameter, the files that went in with their checksums, and
 * the files that came out: tables with theirs, as they have no room for a record of their own.
 */
class RunCrate {

    static final String NAME = 'ro-crate-metadata.json'

    private static final List<String> PROFILES = [
        'https://w3id.org/ro/wfrun/process/0.5',
        'https://w3id.org/ro/wfrun/workflow/0.5',
        'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
    ]
    private static final Map<String, String> FORMATS = [
        csv: 'text/csv', tsv: 'text/tab-separated-values', txt: 'text/plain', html: 'text/html', json: 'application/json',
        yml: 'application/yaml', png: 'image/png', pdf: 'application/pdf', h5ad: 'application/x-hdf5',
    ]
    /** Nextflow's own records, which it writes when this one is done. */
    private static final String OF_NEXTFLOW = /execution_\w+\.(html|txt)|pipeline_dag\.html/
    private static final Map<String, String> KINDS = [
        boolean: 'https://schema.org/Boolean', integer: 'https://schema.org/Integer', number: 'https://schema.org/Number',
    ]

    private final Path outdir
    private final Map run
    private final List<Map> graph = []

    /**
     * @param outdir folder of the results
     * @param run    facts of the run: name, version, homePage, description, digest, nextflow, start, complete (times with
     *               zone), command, session, error (null where it ended well)
     */
    RunCrate(Path outdir, Map run) {
        this.outdir = outdir
        this.run = run
    }

    /**
     * Writes the record.
     *
     * @param parameters definitions of the schema by name
     * @param values     parameters of the run by name
     * @param inputs     files of the user, each with path (Path), name, kind and sha256 (null: made here)
     * @param folders    folders of the results of this run, below the outdir
     */
    void write(Map<String, Map> parameters, Map values, List<Map> inputs, List<String> folders) {
        def given    = values.findAll { _name, value -> value != null }.collect { name, value -> ofParameter(name, parameters[name], value) }
        def cameIn   = inputs.collect { input -> ofInput(input) }.unique { entity -> entity['@id'] }
        def made     = folders.collectMany { folder -> results(outdir.resolve(folder)) }
        def workflow = ofWorkflow(given*.exampleOfWork)
        def action   = ofAction(workflow, cameIn + given, made)
        graph.addAll([*given, *cameIn, *made, workflow, action])
        def root = [
            '@id': './', '@type': 'Dataset', name: "Results of ${run.name} ${run.version}".toString(),
            description: "What one run of ${run.name} made, and what it was made from.".toString(),
            datePublished: time(run.complete), conformsTo: references(PROFILES.collect { id -> ['@id': id] }),
            hasPart: references([workflow, *cameIn, *made]), mainEntity: reference(workflow), mentions: [reference(action)],
        ]
        def descriptor = [
            '@id': NAME, '@type': 'CreativeWork', about: ['@id': './'],
            conformsTo: [['@id': 'https://w3id.org/ro/crate/1.1'], ['@id': PROFILES.last()]],
        ]
        def profiles = PROFILES.collect { id -> ['@id': id, '@type': 'CreativeWork', name: profileName(id), version: id.tokenize('/').last()] }
        def crate = ['@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'], '@graph': [descriptor, root, *profiles, *graph]]
        outdir.resolve(NAME).text = JsonOutput.prettyPrint(JsonOutput.toJson(crate)) + '\n'
    }

    private Map ofWorkflow(List<Map> parameters) {
        graph << [
            '@id': '#nextflow', '@type': 'ComputerLanguage', name: 'Nextflow', version: run.nextflow,
            identifier: 'https://www.nextflow.io/', url: 'https://www.nextflow.io/',
        ]
        return [
            '@id': run.homePage, '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'], name: run.name,
            description: run.description, version: run.version, sha256: run.digest,
            programmingLanguage: ['@id': '#nextflow'], input: parameters,
        ]
    }

    private Map ofAction(Map workflow, List<Map> given, List<Map> made) {
        def ended = run.error == null ? 'http://schema.org/CompletedActionStatus' : 'http://schema.org/FailedActionStatus'
        return [
            '@id': "#${run.session}".toString(), '@type': 'CreateAction', name: "Run of ${run.name} ${run.version}".toString(),
            description: run.command, startTime: time(run.start), endTime: time(run.complete), actionStatus: ['@id': ended],
            instrument: reference(workflow), object: references(given), result: references(made),
        ] + (run.error == null ? [:] : [error: run.error])
    }

    private Map ofParameter(String name, Map definition, Object value) {
        def formal = [
            '@id': "#parameter/${name}".toString(), '@type': 'FormalParameter', name: name, description: definition.description,
            additionalType: KINDS[definition.type] ?: 'https://schema.org/Text', workExample: ['@id': "#value/${name}".toString()],
        ]
        graph << formal
        return ['@id': "#value/${name}".toString(), '@type': 'PropertyValue', name: name, value: value, exampleOfWork: reference(formal)]
    }

    private static Map ofInput(Map given) {
        def isFolder = Files.isDirectory(given.path)
        def id = given.path.toUri().toString()
        def sum = given.sha256 ?: (isFolder ? null : checksum(given.path))
        return [
            '@id': isFolder && !id.endsWith('/') ? "${id}/".toString() : id, '@type': isFolder ? 'Dataset' : 'File',
            name: given.name, description: given.kind,
        ] + (sum ? [sha256: sum] : [:])
    }

    /** The files below a folder; a zarr store is one result. */
    private List<Map> results(Path folder) {
        if (!Files.isDirectory(folder)) {
            return []
        }
        def entries = Files.list(folder).withCloseable { paths -> paths.sorted().toList() }
        return entries.collectMany { path ->
            def name = path.fileName.toString().replaceAll('/$', '')
            if (!Files.isDirectory(path)) {
                return name ==~ OF_NEXTFLOW ? [] : [ofResult(path, name)]
            }
            return name.endsWith('.zarr') ? [['@id': "${relative(path)}/".toString(), '@type': 'Dataset', name: name]] : results(path)
        }
    }

    private Map ofResult(Path path, String name) {
        def format = FORMATS[name.tokenize('.').last()]
        return ['@id': relative(path), '@type': 'File', name: name] +
            (format ? [encodingFormat: format] : [:]) + (name.endsWith('.csv') ? [sha256: checksum(path)] : [:])
    }

    private String relative(Path path) {
        def place = outdir.relativize(path).toString().replaceAll('/$', '')
        return new URI(null, null, place, null).toASCIIString()
    }

    private static String checksum(Path path) {
        def sha = MessageDigest.getInstance('SHA-256')
        path.withInputStream { stream ->
            def buffer = new byte[1 << 20]
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                sha.update(buffer, 0, n)
            }
        }
        return sha.digest().encodeHex().toString()
    }

    private static String profileName(String id) {
        return [process: 'Process Run Crate', workflow: 'Workflow Run Crate', 'workflow-ro-crate': 'Workflow RO-Crate'][id.tokenize('/')[-2]]
    }

    private static Map reference(Map entity) {
        return ['@id': entity['@id']]
    }

    private static List<Map> references(List<Map> entities) {
        return entities.collect { entity -> reference(entity) }
    }

    private static String time(Object moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS).toString()
    }
}
