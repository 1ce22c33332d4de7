import groovy.transform.CompileStatic

/**
 * The cells of a samplesheet as the check of the samplesheet reads them, with quotes and ends of lines inside of cells.
 *
 * Nextflow's own reader ends at a doubled quote, so that no path of the sheet would be found.
 */
class SheetCells {

    private static final char QUOTE = '"' as char
    private static final char COMMA = ',' as char
    private static final String ENDS = ',\n\r'
    private static final String BYTE_ORDER_MARK = '\uFEFF'
    private static final String SPACES_AROUND = '(?U)^[\\s\\x1c-\\x1f]+|[\\s\\x1c-\\x1f]+$' // what Python's strip() removes

    /** A map of column to cell for each row that is not empty. */
    static List<Map<String, String>> byColumn(String text) {
        def rows = rows(text - BYTE_ORDER_MARK).findAll { row -> row.any() }
        return rows ? rows.drop(1).collect { row -> [rows[0], row].transpose().collectEntries() } : []
    }

    /** Lists of cells without spaces around them. */
    @CompileStatic
    static List<List<String>> rows(String text) {
        List<List<String>> rows = [[]]
        StringBuilder cell = new StringBuilder()
        boolean isQuoted = false
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i)
            if (isQuoted && letter == QUOTE && i + 1 < text.length() && text.charAt(i + 1) == QUOTE) {
                cell.append(letter)
                i++
            }
            else if (letter == QUOTE && (isQuoted || cell.length() == 0)) {
                isQuoted = !isQuoted
            }
            else if (isQuoted || ENDS.indexOf((int) letter) < 0) {
                cell.append(letter)
            }
            else {
                rows.last().add(trimmed(cell.toString()))
                cell.setLength(0)
                if (letter != COMMA) {
                    rows.add([])
                }
            }
        }
        rows.last().add(trimmed(cell.toString()))
        return rows
    }

    /** A cell without spaces of any kind around it: also the non-breaking ones of pages and spreadsheets. */
    @CompileStatic
    private static String trimmed(String cell) {
        return cell.replaceAll(SPACES_AROUND, '')
    }
}
