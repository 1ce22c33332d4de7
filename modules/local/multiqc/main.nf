// One report over all samples.
process MULTIQC {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/report:1.0.0"

    input:
    tuple val(meta), path(sections, stageAs: 'sections/?/*')
    path config
    path page      // folder with the page: a template of MultiQC
    val parameters // JSON of one line: the report's section with the run's parameters
    val packages   // JSON of one line: {process: {package: version}}
    val code       // digest of the page's files, which Nextflow does not look into

    output:
    tuple val(meta), path("*.html"), emit: report
    tuple val(meta), path("*_data"), emit: data
    tuple val(meta), path("*_plots"), emit: plots, optional: true
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: 'multiqc'
    """
    # code: ${code}
    cat <<'END_PARAMETERS' > parameters_mqc.json
    ${parameters}
    END_PARAMETERS
    cat <<'END_PACKAGES' > software_mqc_versions.yml
    ${packages}
    END_PACKAGES

    export PYTHONPATH=\$PWD/${page}
    multiqc \\
        --force \\
        --config ${config} \\
        --cl-config 'subtitle: ${workflow.manifest.name} ${workflow.manifest.version}' \\
        --filename ${prefix}_report.html \\
        ${args} \\
        .

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python multiqc)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: 'multiqc'
    """
    # code: ${code}
    touch ${prefix}_report.html
    mkdir ${prefix}_report_data ${prefix}_report_plots
    touch ${prefix}_report_data/multiqc.log ${prefix}_report_plots/stub.svg

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python multiqc)
    END_VERSIONS
    """
}
