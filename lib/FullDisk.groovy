import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path

/** After a failure: is a disk full? Nextflow itself says so without its place, or in its log alone. */
class FullDisk {

    private static final long MEGABYTE = 1024 * 1024
    private static final String FULL = 'No space left on device' // as every Unix says it

    /** Returns the sentence, or null where no disk is full. */
    static String sentence(String message, Path work, Path results) {
        def free = [work, results].collect { place -> megabytes(place) }
        if (!message?.contains(FULL) && !free.any { number -> number == 0 }) {
            return null
        }
        return "A disk is full: ${free[0]} MB are free for the work folder ${work}, ${free[1]} MB for the results in ${results}; " +
            'make room there, or give folders on another disk with -work-dir and --outdir.'
    }

    /** Free on the disk of a folder; null where it is not known. */
    private static Long megabytes(Path place) {
        return place.fileSystem == FileSystems.default && Files.exists(place) ? Files.getFileStore(place).usableSpace.intdiv(MEGABYTE) : null
    }
}
