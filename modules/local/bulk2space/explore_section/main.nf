// A page on which a reader explores a section: one file that opens without a network.
process EXPLORE_SECTION {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/report:1.0.0"

    input:
    tuple val(meta), path(section, stageAs: 'section/*'), path(spatial), path(expected), path(varying, stageAs: 'varying/*'), path(markers, stageAs: 'markers/*'), path(verdict)
    val colours // JSON: the colours of all cell types of the run
    val code

    output:
    tuple val(meta), path("*.explorer.html"), emit: html
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def expected_option = expected ? "--expected ${expected}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_COLOURS' > colours.json
    ${colours}
    END_COLOURS
    explore_section.py \\
        --sample ${meta.id} \\
        --section ${section} \\
        --spatial ${spatial} \\
        ${expected_option} \\
        --varying ${varying} \\
        --markers ${markers} \\
        --verdict ${verdict} \\
        --colours colours.json \\
        ${args} \\
        --output ${prefix}.explorer.html

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata bokeh h5py matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.explorer.html

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata bokeh h5py matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """
}
