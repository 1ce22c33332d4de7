import groovy.json.JsonOutput
import groovy.yaml.YamlSlurper
import java.nio.file.Path

/** The report's text for a paper's methods section: the sentences that the parameters choose, and the works they cite. */
class MethodsText {

    /** The section as MultiQC custom content (JSON), from assets/methods_description_template.yml and the parameters. */
    static String section(Path template, Map values) {
        def parts = new YamlSlurper().parse(template.toFile())
        def text = sentence(parts.text, values)
        def cited = parts.references.findAll { citation, _work -> text.contains(citation) }.values()
        def works = cited.collect { "<li>${it}</li>" }.join('')
        return JsonOutput.toJson(
            parts.subMap(['id', 'section_name', 'description', 'plot_type']) +
            [data: "<p>${text}</p><h4>References</h4><ul>${works}</ul>".toString()]
        )
    }

    private static String sentence(Object part, Map values) {
        if (part instanceof List) {
            return part.collect { sentence(it, values) }.findAll().join(' ')
        }
        if (part instanceof Map) {
            def value = plain(values[part.by])
            return sentence(part.containsKey(value) ? part[value] : part.other, values)
        }
        return part.replaceAll(/\{(\w+)\}/) { _whole, name -> escaped(plain(values[name])) }
    }

    /** A value as the template writes it: no zeros behind a number's last digit, `none` for no value. */
    private static String plain(Object value) {
        if (value == null || value == '') {
            return 'none'
        }
        return value instanceof Number ? value.toString().toBigDecimal().stripTrailingZeros().toPlainString() : value.toString()
    }

    private static String escaped(String text) {
        return text.replace('&', '&amp;').replace('<', '&lt;')
    }
}
