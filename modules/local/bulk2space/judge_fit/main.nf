// Whether the reference explains samples of one bulk, and the section of the only one.
process JUDGE_FIT {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(bulk, stageAs: 'bulk/*'), path(estimates), path(reference, stageAs: 'reference/*'), path(markers, stageAs: 'markers/*'), path(section, stageAs: 'section/*') // meta: samples, each with id, bulk_column; section: or []
    path mrna_content // table of mRNA per cell type, or []
    val code

    output:
    tuple val(meta), path("*.verdict.csv", arity: '1..*'), emit: csv
    tuple val(meta), path("*.poor.txt", arity: '1..*'), emit: poor
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def samples = groovy.json.JsonOutput.toJson(meta.samples)
    def section_option = section ? "--section ${section}" : ''
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_SAMPLES' > samples.json
    ${samples}
    END_SAMPLES
    judge_fit.py \\
        --samples samples.json \\
        --bulk ${bulk} \\
        --estimates ${estimates} \\
        --reference ${reference} \\
        --markers ${markers} \\
        ${section_option} \\
        ${mrna_option} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def files = meta.samples.collectMany { sample -> ["${sample.id}.verdict.csv", "${sample.id}.poor.txt"] }.join(' ')
    """
    # code: ${code}
    touch ${files}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy)
    END_VERSIONS
    """
}
