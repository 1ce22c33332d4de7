import java.nio.file.Files
import java.nio.file.Path

/**
 * Inputs that are folders: which of their files are needed.
 *
 * Only these are staged, side by side, so that a Space Ranger or Xenium run does not travel with its images and reads,
 * and so that a task runs again when one of them changes.
 */
class InputFolder {

    /** What each kind of folder needs: of each list the first that is there. */
    private static final List<List<String>> NEEDED = [
        ['filtered_feature_bc_matrix.h5', 'cell_feature_matrix.h5',
            *within(['matrix.mtx.gz', 'matrix.mtx'])],
        within(['barcodes.tsv.gz', 'barcodes.tsv']),
        within(['features.tsv.gz', 'features.tsv', 'genes.tsv.gz', 'genes.tsv']),
        ['spatial/tissue_positions.parquet', 'spatial/tissue_positions.csv', 'spatial/tissue_positions_list.csv',
            'tissue_positions.parquet', 'tissue_positions.csv', 'tissue_positions_list.csv'],
        ['spatial/scalefactors_json.json', 'scalefactors_json.json'],
        ['cells.parquet', 'cells.csv.gz', 'cells.csv'],
    ]

    /** A file of a matrix: in the folder itself, or in that of the matrix. */
    private static List<String> within(List<String> names) {
        return ['', 'filtered_feature_bc_matrix/', 'cell_feature_matrix/'].collectMany { folder -> names.collect { folder + it } }
    }

    /** A zarr store is read as a whole. */
    static boolean isStore(Path place) {
        return Files.isDirectory(place) && place.fileName.toString().replaceAll('/$', '').endsWith('.zarr')
    }

    /** The file itself, or the needed files of a folder; the folder where none is known, so that the reader names it. */
    static Object files(Path place) {
        if (!Files.isDirectory(place)) {
            return place
        }
        def found = NEEDED.collect { names -> names.collect { place.resolve(it) }.find { Files.exists(it) } }.findAll()
        return found ?: place
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
