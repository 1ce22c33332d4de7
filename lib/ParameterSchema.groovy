import groovy.json.JsonSlurper
import java.nio.file.Path

/** nextflow_schema.json as the one source for --help, for the checks of the parameters and for their types. */
class ParameterSchema {

    private static final int WIDTH = 110

    private final List<Map> groups
    private final Map<String, Map> parameters = [:]
    private final Set<String> required = [] as LinkedHashSet

    ParameterSchema(Path file) {
        def schema = new JsonSlurper().parse(file.toFile())
        groups = schema.allOf.collect { reference -> schema['$defs'][reference['$ref'].tokenize('/').last()] }
        groups.each { group ->
            parameters.putAll(group.properties)
            required.addAll(group.required ?: [])
        }
    }

    /**
     * All parameters of the schema, each with its type; null where there is no value.
     *
     * Nextflow hands over what stands on the command line as text: from 26.04 on everything, before that some numbers
     * (1e-3). A value that its type cannot hold stays as it was given: {@link #problems} names it.
     */
    Map<String, Object> typed(Map given) {
        return parameters.collectEntries { name, definition -> [name, asTyped(definition.type, given[name])] }
    }

    /** One sentence for each thing that is wrong with the parameters given; profiles: those of the run. */
    List<String> problems(Map given, List<String> profiles = []) {
        def found = given.keySet().findAll { !(it in parameters) }.collect { unknown(it as String) }
        typed(given).each { name, value ->
            def definition = parameters[name]
            if (value == null) {
                if (name in required)
                    found << "--${name} is missing: ${lowerFirst(definition.description)}".toString()
                else if (definition.default != null)
                    found << noValue(name, definition)
            }
            else {
                def problem = problem(name, definition, value) ?: withoutProfile(name, definition, value, profiles)
                if (problem)
                    found << problem
            }
        }
        return found
    }

    /** What --help prints: every parameter that is not hidden, by group. */
    String help() {
        def lines = []
        groups.each { group ->
            def shown = group.properties.findAll { _name, definition -> !definition.hidden }
            if (!shown)
                return
            lines << '' << group.title
            shown.each { name, definition ->
                lines << "  --${name}  ${facts(name, definition)}"
                lines.addAll(wrapped([definition.description, definition.help_text].findAll().join(' '), 6))
            }
        }
        return lines.join('\n')
    }

    /** Type, description and more of each parameter, by name. */
    Map<String, Map> definitions() {
        return parameters
    }

    private String unknown(String name) {
        def nearest = parameters.keySet().min { distance(plain(it), plain(name)) }
        def near = distance(plain(nearest), plain(name)) <= Math.max(2, name.size().intdiv(3))
        def hint = near ? "did you mean --${nearest}?" : 'see --help for all parameters.'
        return "--${name} is not a parameter of this pipeline: ${hint}"
    }

    private static Object asTyped(String type, Object value) {
        def text = value?.toString()
        if (!text)
            return null
        switch (type) {
            case 'boolean':
                return text in ['true', 'false'] ? text.toBoolean() : text
            case 'integer':
                return text ==~ /-?\d{1,18}/ ? text.toLong() : text
            case 'number':
                return text.isBigDecimal() ? text.toBigDecimal() : text
            default:
                return text
        }
    }

    private static String noValue(String name, Map definition) {
        return "--${name} needs a value: ${expected(definition)}."
    }

    private static String problem(String name, Map definition, Object value) {
        if (value.toString() == 'true' && definition.type != 'boolean') // --name with nothing behind it
            return noValue(name, definition)
        if (!fits(definition, value))
            return "--${name} must be ${expected(definition)}, but is '${value}'."
        if (definition.exists) {
            def isFolder = definition.format == 'directory-path'
            def place = nextflow.Nextflow.file(value.toString(), glob: false) as Path
            if (!(isFolder ? java.nio.file.Files.isDirectory(place) : isFile(place)))
                return "--${name}: there is no ${isFolder ? 'folder' : 'file'} '${value}'."
        }
        return null
    }

    /** Some parameters act in a profile alone: given without it, they would do nothing, and nobody would know. */
    private static String withoutProfile(String name, Map definition, Object value, List<String> profiles) {
        if (!definition.profiles || value == definition.default || profiles.any { it in definition.profiles })
            return null
        def needed = definition.profiles.size() > 1 ? "one of the profiles ${definition.profiles.join(', ')}" : "the profile ${definition.profiles[0]}"
        return "--${name} does nothing without ${needed}: add it with -profile, or leave --${name} out."
    }

    private static boolean isFile(Path place) {
        return java.nio.file.Files.exists(place) && !java.nio.file.Files.isDirectory(place)
    }

    private static boolean fits(Map definition, Object value) {
        if (definition.enum)
            return value in definition.enum
        switch (definition.type) {
            case 'boolean':
                return value instanceof Boolean
            case 'integer':
            case 'number':
                return value instanceof Number &&
                    (definition.minimum == null || value >= definition.minimum) &&
                    (definition.maximum == null || value <= definition.maximum) &&
                    (definition.exclusiveMinimum == null || value > definition.exclusiveMinimum)
            default:
                return definition.pattern == null || value ==~ definition.pattern
        }
    }

    /** What a value has to be, in words: "a whole number of at least 1". */
    private static String expected(Map definition) {
        if (definition.enum)
            return "one of ${definition.enum.join(', ')}"
        if (definition.type == 'boolean')
            return 'true or false'
        if (definition.type == 'string')
            return definition.errorMessage ?: words(definition)
        def limits = ''
        if (definition.minimum != null && definition.maximum != null)
            limits = " from ${definition.minimum} to ${definition.maximum}"
        else if (definition.minimum != null)
            limits = " of at least ${definition.minimum}"
        else if (definition.exclusiveMinimum != null && definition.maximum != null)
            limits = " above ${definition.exclusiveMinimum} and at most ${definition.maximum}"
        else if (definition.exclusiveMinimum != null)
            limits = " above ${definition.exclusiveMinimum}"
        else if (definition.maximum != null)
            limits = " of at most ${definition.maximum}"
        return words(definition) + limits
    }

    private static String words(Map definition) {
        def formats = ['file-path': 'a file', 'directory-path': 'a folder']
        def types = [integer: 'a whole number', number: 'a number', boolean: 'true or false', string: 'text']
        return formats[definition.format] ?: types[definition.type]
    }

    private String facts(String name, Map definition) {
        def facts = [definition.type == 'string' && definition.errorMessage ? words(definition) : expected(definition)]
        if (name in required)
            facts << 'required'
        if (definition.containsKey('default'))
            facts << "default ${definition.default}"
        return "[${facts.join('; ')}]"
    }

    private static List<String> wrapped(String text, int indent) {
        def lines = [' ' * (indent - 1)]
        text.split(/\s+/).each { word ->
            if (lines[-1].size() + 1 + word.size() > WIDTH)
                lines << ' ' * (indent - 1)
            lines[-1] += ' ' + word
        }
        return lines
    }

    private static String lowerFirst(String text) {
        return text[0].toLowerCase() + text[1..-1]
    }

    private static String plain(String name) {
        return name.toLowerCase().replaceAll(/[-_]/, '')
    }

    /** The number of letters to add, drop or change to come from one word to the other (Levenshtein). */
    private static int distance(String a, String b) {
        def row = (0..b.size()).toList()
        a.eachWithIndex { letter, i ->
            def next = [i + 1]
            b.eachWithIndex { other, j ->
                next << [row[j + 1] + 1, next[j] + 1, row[j] + (letter == other ? 0 : 1)].min()
            }
            row = next
        }
        return row[-1]
    }
}
