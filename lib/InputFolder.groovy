import groovy.json.JsonSlurperClassic
import java.nio.file.Files
import java.nio.file.Path

/**
 * Inputs that are folders: which of their files are needed.
 *
 * Only these are staged, side by side, so that a Space Ranger or Xenium run does not travel with its images and reads,
 * and so that a task runs again when one of them changes.
 */
class InputFolder {

    /** A zarr store is read as a whole. */
    static boolean isStore(Path place) {
        return Files.isDirectory(place) && place.fileName.toString().replaceAll('/$', '').endsWith('.zarr')
    }

    /** The file itself, or the needed files of a folder; the folder where none is known, so that the reader names it. */
    static Object files(Path place, Path projectDir) {
        if (!Files.isDirectory(place)) {
            return place
        }
        def found = candidates(projectDir)
            .collect { names -> names.collectMany { name -> [name, name.tokenize('/').last()] } }
            .collect { names -> names.collect { name -> place.resolve(name) }.find { path -> Files.exists(path) } }
            .findAll()
        return found ?: place
    }

    /** Of each role the files that may have it, the first choice first: the list that the readers use too. */
    private static List<List<String>> candidates(Path projectDir) {
        def list = projectDir.resolve('bin/bulk2space/inputs/vendor_files.json')
        return new JsonSlurperClassic().parseText(list.text).roles.collect { _role, kinds -> kinds.values().flatten() }
    }

    /** Names, sizes and dates of all files of a store. */
    static String state(Path place) {
        return Files.walk(place).withCloseable { paths ->
            paths.filter { Files.isRegularFile(it) }
                .map { "${place.relativize(it)} ${Files.size(it)} ${Files.getLastModifiedTime(it).toMillis()}".toString() }
                .sorted().toList().join('\n').md5()
        }
    }
}
