import groovy.util.logging.Slf4j
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption

/**
 * The folder of results: one run at a time writes into it, and a note in it says so until all results are there.
 *
 * The note is locked as long as its run lives. The system frees the lock of a run that was killed, and the note stays:
 * files may be half-written, since Nextflow copies them in place.
 */
@Slf4j
class OutputFolder {

    static final String NOTE = 'UNFINISHED.txt'

    /** Kept open until the process ends: closing it would give up the lock. */
    private static FileChannel held

    /** The note that an earlier run has left; null where there was none. */
    private static String found

    /** Take the folder for a run. Returns null, or the sentence about the run that has it. */
    static String take(Path folder, String outdir, String run) {
        def note = folder.resolve(NOTE)
        def text = "${run} is writing into this folder, or was ended before it was done. Files in this folder may be missing, half-written or " +
            'from an earlier run. Start the run again with -resume: it completes them and removes this note.\n'
        Files.createDirectories(folder)
        found = Files.exists(note) ? note.text : null
        if (folder.fileSystem != FileSystems.default) { // buckets know no locks
            note.text = text
            return null
        }
        held = FileChannel.open(note, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)
        if (!isLocked(note)) {
            held.close()
            return "--outdir ${outdir}: ${note.text.split(', or was ended')[0]}; wait until it has ended, or give another folder with --outdir"
        }
        held.truncate(0)
        held.write(ByteBuffer.wrap(text.getBytes('UTF-8')))
        return null
    }

    /** The results are complete. */
    static void complete(Path folder) {
        Files.deleteIfExists(folder.resolve(NOTE))
    }

    /** A run that writes no results leaves the note as it was. */
    static void leave(Path folder) {
        if (found == null) {
            complete(folder)
        }
        else {
            folder.resolve(NOTE).text = found
        }
    }

    /** Lock the note; a file system that knows no locks counts as locked. */
    private static boolean isLocked(Path note) {
        try {
            return held.tryLock() != null
        }
        catch (IOException problem) {
            log.debug("Cannot lock ${note}: ${problem.message}")
            return true
        }
    }
}
