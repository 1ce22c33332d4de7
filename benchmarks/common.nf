// What the parts of the benchmark share.

def planned(items) {
    return channel.fromList(items)
}

// Digest of the steps and of modules of benchmarks/bin/bench.
def code(steps, names) {
    return steps + CodeDigest.digest(names.collect { projectDir.resolve("bin/bench/${it}.py") })
}

// One table of all, in the order of the files' names.
def collected(ch_tables, name) {
    ch_tables
        .map { _meta, csv -> csv }
        .collectFile(name: name, storeDir: params.outdir, keepHeader: true, skip: 1, sort: { it.name })
}
