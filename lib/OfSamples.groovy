import java.nio.file.Path

/** Files of a task of several samples, each named `<sample><ending>`: whose is which. */
class OfSamples {

    /** Pairs of a sample's id and its file. */
    static List<List> each(Collection<Path> files, String ending) {
        return files.collect { file ->
            def name = file.fileName.toString()
            if (!name.endsWith(ending))
                throw new IllegalArgumentException("${name}: does not end with ${ending}")
            [name.substring(0, name.size() - ending.size()), file]
        }
    }
}
