import java.io.File;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import nextflow.config.control.ConfigParser;
import nextflow.script.control.Compiler;
import nextflow.script.control.ModuleResolver;
import nextflow.script.control.ResolveIncludeVisitor;
import nextflow.script.control.ScriptParser;
import nextflow.script.control.ScriptResolveVisitor;
import nextflow.script.control.TypeCheckingVisitor;
import nextflow.script.types.Types;
import org.codehaus.groovy.ast.ClassHelper;
import org.codehaus.groovy.ast.ClassNode;
import org.codehaus.groovy.control.ErrorCollector;
import org.codehaus.groovy.control.SourceUnit;
import org.codehaus.groovy.control.messages.Message;
import org.codehaus.groovy.control.messages.SyntaxErrorMessage;
import org.codehaus.groovy.control.messages.WarningMessage;

/**
 * Holds Nextflow scripts and configuration files against the strict syntax, which is the default from Nextflow 26.04 on.
 *
 * <p>Arguments: the names of the classes in lib/, a double hyphen, the files. Errors and warnings go to standard output,
 * a line for each, and either makes the exit code 1.
 */
public class StrictSyntax {

    /** What is reported and let pass, and why. */
    private static final Map<String, String> EXCEPTED = Map.of(
        ".config: `meta` is not defined",
        "this version of the parser does not know that settings of a process may read the inputs of its tasks; 26.04 does",
        ".nf: Process `when` section will not be supported in a future version",
        "nf-core asks modules for it"
    );

    private static final Set<String> EXCEPTIONS_MET = new TreeSet<>();

    public static void main(String[] arguments) {
        List<String> given = Arrays.asList(arguments);
        List<String> classes = given.subList(0, given.indexOf("--"));
        List<String> files = given.subList(given.indexOf("--") + 1, given.size());

        Map<String, SourceUnit> sources = new TreeMap<>();
        scripts(files, classes, sources);
        configurations(files, sources);

        List<String> found = new ArrayList<>();
        sources.forEach((file, source) -> found.addAll(findings(file, source)));
        found.forEach(System.out::println);
        System.out.printf("Let pass: names of classes (%s): they are plain Groovy, which the parser does not read%n",
            String.join(", ", classes));
        EXCEPTIONS_MET.forEach(message -> System.out.printf("Let pass: %s: %s%n", message, EXCEPTED.get(message)));
        System.out.printf("Strict syntax: %d files, %d errors and warnings%n", files.size(), found.size());
        System.exit(found.isEmpty() ? 0 : 1);
    }

    /** Parses and resolves the scripts, as ScriptParser.analyze does, but with names for the classes of lib/. */
    private static void scripts(List<String> files, List<String> classes, Map<String, SourceUnit> sources) {
        ScriptParser parser = new ScriptParser();
        allWarnings(parser.compiler());
        for (String file : files) {
            if (file.endsWith(".nf")) {
                sources.put(file, parser.parse(new File(file).getAbsoluteFile()));
            }
        }
        Compiler compiler = parser.compiler();
        List<ClassNode> known = new ArrayList<>();
        for (String name : classes) {
            known.add(new ClassNode(name, Modifier.PUBLIC, ClassHelper.OBJECT_TYPE));
        }
        for (SourceUnit source : List.copyOf(compiler.getSources().values())) {
            new ModuleResolver(compiler).resolve(source, uri -> compiler.createSourceUnit(new File(uri)));
        }
        for (SourceUnit source : compiler.getSources().values()) {
            ResolveIncludeVisitor includes = new ResolveIncludeVisitor(source, compiler);
            includes.visit();
            includes.getErrors().forEach(source.getErrorCollector()::addErrorAndContinue);
            new ScriptResolveVisitor(source, compiler.compilationUnit(), Types.DEFAULT_SCRIPT_IMPORTS, known).visit();
            if (!source.getErrorCollector().hasErrors()) {
                new TypeCheckingVisitor(source, false).visit();
            }
        }
    }

    private static void configurations(List<String> files, Map<String, SourceUnit> sources) {
        ConfigParser parser = new ConfigParser();
        allWarnings(parser.compiler());
        for (String file : files) {
            if (file.endsWith(".config")) {
                sources.put(file, parser.parse(new File(file).getAbsoluteFile()));
            }
        }
        parser.analyze();
    }

    /** Those of what later versions refuse, too, such as a closure's parameter without a name. */
    private static void allWarnings(Compiler compiler) {
        compiler.compilationUnit().getConfiguration().setWarningLevel(WarningMessage.PARANOIA);
    }

    private static List<String> findings(String file, SourceUnit source) {
        List<String> found = new ArrayList<>();
        ErrorCollector collector = source.getErrorCollector();
        if (collector.hasErrors()) {
            for (Message message : collector.getErrors()) {
                if (message instanceof SyntaxErrorMessage error) {
                    add(found, file, error.getCause().getStartLine(), error.getCause().getOriginalMessage());
                }
            }
        }
        if (collector.hasWarnings()) {
            for (WarningMessage warning : collector.getWarnings()) {
                add(found, file, warning.getContext().getStartLine(), warning.getMessage());
            }
        }
        return found;
    }

    private static void add(List<String> found, String file, int line, String message) {
        String kind = file.substring(file.lastIndexOf('.')) + ": " + message;
        if (EXCEPTED.containsKey(kind)) {
            EXCEPTIONS_MET.add(kind);
        } else {
            found.add(file + ":" + line + ": " + message);
        }
    }
}
