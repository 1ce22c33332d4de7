// The figures of one sample and its sections of the report.
process PLOT_SAMPLE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/bulk2space:1.0.0"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*'), path(markers), path(training), path(proportions), path(verdict), path(cells), path(section, stageAs: 'section/*'), path(spatial), path(spots), path(genes), path(truth, stageAs: 'true/*')
    val cell_types // JSON: all cell types of the run, so that each has one colour everywhere
    val code

    output:
    tuple val(meta), path("*/figures"), emit: figures
    tuple val(meta), path("*/*_mqc.*"), emit: multiqc
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def condition_option = meta.condition ? "--condition='${meta.condition.replace("'", "'\\''")}'" : ''
    def section_option = section ? "--section ${section} --spatial ${spatial}" : ''
    def spots_option = spots ? "--spots ${spots}" : ''
    def genes_option = genes ? "--genes ${genes}" : ''
    def truth_option = truth ? '--truth truth' : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_TYPES' > cell_types.json
    ${cell_types}
    END_TYPES
    mkdir truth
    ln -s ../true truth/${meta.id}
    plot_sample.py \\
        --sample ${meta.id} \\
        ${condition_option} \\
        --reference ${reference} \\
        --markers ${markers} \\
        --training ${training} \\
        --proportions ${proportions} \\
        --verdict ${verdict} \\
        --cells ${cells} \\
        ${section_option} \\
        ${spots_option} \\
        ${genes_option} \\
        ${truth_option} \\
        --cell-types cell_types.json \\
        ${args} \\
        --output ${prefix}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata matplotlib numpy pandas pyyaml scikit-learn scipy umap-learn)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    mkdir -p ${prefix}/figures
    touch ${prefix}/figures/proportions.png ${prefix}/figures/proportions.csv
    echo '{"id": "stub", "plot_type": "html", "data": "stub"}' > ${prefix}/${prefix}_mqc.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata matplotlib numpy pandas pyyaml scikit-learn scipy umap-learn)
    END_VERSIONS
    """
}
