// What the parts of the benchmark share.

// Digest of the steps and of modules of benchmarks/bin/bench.
def code(steps, names) {
    return steps + CodeDigest.digest(names.collect { name -> projectDir.resolve("bin/bench/${name}.py") })
}

// One table of all, in the order of the files' names.
def collected(ch_tables, name, outdir) {
    ch_tables
        .map { _meta, csv -> csv }
        .collectFile(name: name, storeDir: outdir, keepHeader: true, skip: 1, sort: { csv -> csv.name })
}
