import groovy.yaml.YamlSlurper
import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest

/**
 * Digests of the Python code that tasks run.
 *
 * Nextflow hashes a script of bin/ that a command names, but not a package that the script imports. So each task takes
 * the digest of its module as an input: an edited room of bin/bulk2space reruns the tasks that use it, and no others.
 */
class CodeDigest {

    /** By the name of each module: a digest of its script and of the rooms that its meta.yml names. */
    static Map<String, String> ofModules(Path project) {
        return children(project.resolve('modules/local/bulk2space')).collectEntries { module ->
            def name  = module.fileName.toString()
            def rooms = new YamlSlurper().parse(module.resolve('meta.yml')).rooms as List<String>
            [name, digest(project, [project.resolve("bin/${name}.py"), *filesOf(project, rooms)])]
        }
    }

    /** Of the whole pipeline: all that a run is made by. */
    static String ofProject(Path project) {
        def folders = ['assets/report', 'bin', 'conf', 'lib', 'modules', 'subworkflows', 'workflows']
        def files = ['assets/methods_description_template.yml', 'assets/multiqc_config.yml', 'main.nf', 'nextflow.config', 'nextflow_schema.json']
        return digest(project, folders.collectMany { name -> within(project.resolve(name)) } + files.collect { name -> project.resolve(name) })
    }

    /** Of a folder: an input that is one is known to Nextflow by its own name and date alone. */
    static String ofFolder(Path folder) {
        return digest(folder, within(folder))
    }

    /** Of the rooms alone. */
    static String ofRooms(Path project, List<String> rooms) {
        return digest(project, filesOf(project, rooms))
    }

    /** Names and contents of files; the names start behind the root. */
    static String digest(Path root, List<Path> files) {
        def sha = MessageDigest.getInstance('SHA-256')
        files.sort(false) { path -> path.toString() }.each { file ->
            sha.update("${root.relativize(file)}\n${Files.size(file)}\n".getBytes('UTF-8'))
            sha.update(Files.readAllBytes(file))
        }
        return sha.digest().encodeHex().toString()
    }

    /** The package's own head, and all files of the rooms but what Python compiles. */
    private static List<Path> filesOf(Path project, List<String> rooms) {
        def bulk2space = project.resolve('bin/bulk2space')
        return [bulk2space.resolve('__init__.py')] + rooms.collectMany { room -> within(bulk2space.resolve(room)) }
    }

    private static List<Path> within(Path folder) {
        return Files.walk(folder).withCloseable { paths ->
            paths.filter { path -> Files.isRegularFile(path) && !path.toString().endsWith('.pyc') }.toList()
        }
    }

    private static List<Path> children(Path folder) {
        return Files.list(folder).withCloseable { paths -> paths.toList() }
    }
}
