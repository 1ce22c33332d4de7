// The generative model of a reference's cells.
process TRAIN_VAE {
    tag "${meta.id}"
    label 'process_high'
    label 'process_gpu'

    conda "${moduleDir}/environment.yml"
    container "${task.ext.use_gpu ? 'bulk2space/generator:1.0.0-cuda' : 'bulk2space/generator:1.0.0'}"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*')
    val code

    output:
    tuple val(meta), path("*.vae.pt"), emit: model
    tuple val(meta), path("*.training.csv"), emit: history
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def device = task.ext.use_gpu ? 'gpu' : 'cpu'
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    train_vae.py \\
        --reference ${reference} \\
        --device ${device} \\
        --threads ${task.cpus} \\
        ${args} \\
        --output ${prefix}.vae.pt \\
        --history ${prefix}.training.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy torch)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.vae.pt ${prefix}.training.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy torch)
    END_VERSIONS
    """
}
