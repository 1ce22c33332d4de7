// The figures of samples that share bulk and reference, and their parts of the report.
process PLOT_SAMPLE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/report:1.0.0"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*'), path(markers, stageAs: 'markers/*'), path(training, stageAs: 'training/*'), path(proportions), path(verdicts), path(cells), path(section, stageAs: 'section/*'), path(spatial), path(spots), path(expected), path(genes), path(patterns, stageAs: 'patterns/*'), path(truth, stageAs: 'true/?/*', arity: '0..*') // meta: samples, and of each file of the truth its sample
    val colours // JSON: the colours of all cell types of the run
    val code

    output:
    tuple val(meta), path("*/figures", arity: '1..*'), emit: figures
    tuple val(meta), path("*/*_mqc.*", arity: '1..*'), emit: multiqc
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def samples = groovy.json.JsonOutput.toJson(meta.samples)
    def training_option = training ? "--training ${training}" : ''
    def section_option = section ? "--section ${section} --spatial ${spatial}" : ''
    def spots_option = spots ? "--spots ${spots} --expected ${expected}" : ''
    def genes_option = genes ? "--genes ${genes}" : ''
    def patterns_option = patterns ? '--patterns patterns' : ''
    def links = meta.truth.withIndex().collect { id, i -> "mkdir -p truth/${id}; ln -s ../../${truth[i]} truth/${id}/" }
    def truth_option = links ? '--truth truth' : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_COLOURS' > colours.json
    ${colours}
    END_COLOURS
    cat <<'END_SAMPLES' > samples.json
    ${samples}
    END_SAMPLES
    ${links.join('; ')}
    plot_sample.py \\
        --samples samples.json \\
        --reference ${reference} \\
        --markers ${markers} \\
        ${training_option} \\
        ${section_option} \\
        ${spots_option} \\
        ${genes_option} \\
        ${patterns_option} \\
        ${truth_option} \\
        --colours colours.json \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """

    stub:
    """
    # code: ${code}
    for sample in ${meta.samples.collect { sample -> sample.id }.join(' ')}; do
        mkdir -p \$sample/figures
        touch \$sample/figures/proportions.png \$sample/figures/proportions.csv
        echo '{"id": "stub", "plot_type": "html", "data": "stub"}' > \$sample/\${sample}_mqc.json
    done

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """
}
