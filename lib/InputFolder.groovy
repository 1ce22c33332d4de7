import groovy.json.JsonSlurperClassic
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path

/**
 * Inputs that are folders: which of their files are needed.
 *
 * Only these are staged, side by side, so that a Space Ranger or Xenium run does not travel with its reads and large
 * images, and so that a task runs again when one of them changes.
 */
class InputFolder {

    /** One of these describes a zarr store of either format. */
    private static final List<String> STORE = ['.zgroup', '.zattrs', 'zarr.json']

    /** A path of the samplesheet; relative ones start at the samplesheet's folder. */
    static Path beside(Path samplesheet, String written) {
        def isWhole = written.startsWith('/') || written =~ /^[A-Za-z][A-Za-z0-9+.-]*:\/\//
        return isWhole ? nextflow.Nextflow.file(written, glob: false) as Path : samplesheet.resolveSibling(written)
    }

    /** A zarr store is read as a whole. */
    static boolean isStore(Path place) {
        def isNamed = place.fileName.toString().replaceAll('/$', '').endsWith('.zarr')
        return Files.isDirectory(place) && (isNamed || STORE.any { name -> Files.exists(place.resolve(name)) })
    }

    /**
     * The file itself, or the needed files of a folder, each name once; the folder where it has no matrix of a known
     * name, so that the reader says what is wrong with it.
     */
    static Object files(Path place, Path projectDir) {
        if (!Files.isDirectory(place)) {
            return place
        }
        def roles = roles(projectDir)
        def found = roles.collectMany { _role, kinds -> kinds.values().collectMany { names -> firstOf(place, names) } }
        def hasMatrix = roles.matrix.values().any { names -> firstOf(place, names) }
        return hasMatrix ? found.unique { path -> path.fileName.toString() } : place
    }

    /** Names of the files of each role and kind of folder, the first choice first: the readers' list. */
    private static Map<String, Map<String, List<String>>> roles(Path projectDir) {
        def list = projectDir.resolve('bin/bulk2space/inputs/vendor_files.json')
        return new JsonSlurperClassic().parseText(list.text).roles
    }

    /** The files of the first name that exists, at its place inside the folder or in the folder itself. */
    private static List<Path> firstOf(Path folder, List<String> names) {
        return names
            .collectMany { name -> [name, name.tokenize('/').last()] }
            .findResult([]) { name -> named(folder, name) ?: null }
    }

    /** The file of this name; all files of the name where it has a star: several are for the reader to refuse. */
    private static List<Path> named(Path folder, String name) {
        def place = folder.resolve(name)
        if (!name.contains('*')) {
            return Files.exists(place) ? [place] : []
        }
        if (!Files.isDirectory(place.parent)) {
            return []
        }
        def ending = name.tokenize('/').last() - '*'
        return Files.list(place.parent).withCloseable { paths ->
            paths.filter { path -> path.fileName.toString().endsWith(ending) }.sorted().toList()
        }
    }

    /** A sentence about a folder or store with a link to a file outside, such as one of this machine's own; else null. */
    static String linkToOutside(String written, Path place, Path projectDir) {
        if (place.fileSystem != FileSystems.default || !Files.isDirectory(place)) { // clouds have no links
            return null
        }
        def home  = place.toRealPath()
        def files = isStore(place) ? links(home) : files(place, projectDir)
        def odd   = files instanceof List ? files.find { file -> Files.exists(file) && !file.toRealPath().startsWith(home) } : null
        return odd ? "${written}: its ${odd.fileName} is a link to a file outside the folder; copy the folder with its files (cp -rL) and give the copy".toString() : null
    }

    private static List<Path> links(Path folder) {
        return Files.walk(folder).withCloseable { paths -> paths.filter { path -> Files.isSymbolicLink(path) }.toList() }
    }

    /** Names, sizes and dates of all files of a store. */
    static String state(Path store) {
        def place = store.fileSystem == FileSystems.default ? store.toRealPath() : store // which may be a link itself
        return Files.walk(place).withCloseable { paths ->
            paths.filter { Files.isRegularFile(it) }
                .map { "${place.relativize(it)} ${Files.size(it)} ${Files.getLastModifiedTime(it).toMillis()}".toString() }
                .sorted().toList().join('\n').md5()
        }
    }
}
