import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest

/**
 * Digests of the Python package beside the scripts in bin/.
 *
 * Nextflow hashes a script of bin/ that a command names, but not a package that the script imports: tasks take one of
 * these values as an input, so that an edited package reruns them. Code that only draws has a digest of its own.
 */
class CodeDigest {

    /** What only bin/plot_sample.py imports. */
    private static final String PLOTTING = /(plots.*|multiqc|metrics)\.py/

    static String steps(Path projectDir) {
        return digest(sources(projectDir).findAll { !(it.fileName.toString() ==~ PLOTTING) })
    }

    static String plotting(Path projectDir) {
        return digest(sources(projectDir).findAll { it.fileName.toString() ==~ PLOTTING })
    }

    private static List<Path> sources(Path projectDir) {
        return Files.walk(projectDir.resolve('bin/bulk2space')).withCloseable { paths ->
            paths.filter { it.fileName.toString() ==~ /.*\.(py|json)/ }.toList()
        }
    }

    static String digest(List<Path> files) {
        def sha = MessageDigest.getInstance('SHA-256')
        files.sort { it.toString() }.each { file ->
            sha.update("${file.fileName}\n${Files.size(file)}\n".getBytes('UTF-8'))
            sha.update(Files.readAllBytes(file))
        }
        return sha.digest().encodeHex().toString()
    }
}
