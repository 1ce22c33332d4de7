# Every command sets up what it lacks first; set-up is kept and redone only when a lock file changes.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: setup setup-dev demo test test-slow test-containers test-slurm \
        bench bench-full bench-tools bench-end bench-map bench-spots bench-choice bench-train bench-kept bench-generators bench-images bench-rivals bench-trust \
        bench-io bench-cohort bench-blood bench-places bench-atlas bench-hd bench-gpu bench-explorer scale gallery lint audit docs lock clean

python := .venv/bin/python
judge := false# make bench judge=true: also the data sets kept for judging
scale := false# make bench-images scale=true: time and memory of a large section
images :=# make bench-images images="--sets five-fold": some sets alone, whose figures go to no page
scale_of :=# make scale scale_of="--rows 200 --references 2 --sections 50 --nodes 1": another samplesheet or cluster
atlas :=# make bench-atlas atlas="--sizes 100000 --cells 20000": smaller atlases
cells := false# make bench-choice cells=true: also the gain of who chooses the cells
cohort :=# make bench-cohort cohort="--columns 40 --bulks 0": a smaller cohort, whose figures go to no page
tissue :=# make gallery tissue=olfactory_bulb: one page of the gallery alone
sets :=# make bench-generators sets="mob": these sets alone, beside those that were measured before
rows :=# make bench-rivals rows="GAN CGAN": these rows alone, beside those that were measured before
hd :=# make bench-hd hd="--bins 25000": one size alone, beside those that were measured before
bench := PYTHONPATH=$(CURDIR)/bin:$(CURDIR)/benchmarks/bin $(python) -m bench.commands
plan := false# make bench-full plan=true: only say how long it takes
cases :=# make bench cases="whole-mob,unpaired-indrop-celseq2", or bench-full: these cases alone, beside those that ran before
steps := all# make bench-full steps=cells, or spots: one step of the method alone
judged := $(if $(filter true,$(judge)),--judge)
pytest := OMP_NUM_THREADS=1 $(python) -m pytest --numprocesses 2 --dist loadfile # two processes fill two cores

setup:
	@started=$$SECONDS; $(MAKE) --no-print-directory .venv/run.stamp && tools/nextflow --fetch; \
	echo "Set-up: $$((SECONDS - started)) s"

setup-dev: setup .venv/dev.stamp

demo: setup
	@tools/demo

test: setup-dev
	$(pytest) -m "not slow"

test-slow: setup-dev
	$(pytest) -m slow

# A Slurm of one node, of Debian's packages: every task of the demo is a job with its label's resources.
test-slurm: setup
	@[ -e assets/demo/samplesheet.csv ] || $(python) tools/make_demo.py assets/demo
	@PYTHONPATH=$(CURDIR)/benchmarks/bin $(python) tests/slurm/run.py

test-containers: demo
	@tools/containers/test

bench: setup
	@$(bench).grid $(judged) --steps $(steps) $(if $(cases),--cases $(cases))
	@$(if $(cases),,$(bench).calibration)
	@$(if $(cases),,$(bench).end_to_end)

bench-full: setup
	@$(bench).grid --full $(judged) --steps $(steps) $(if $(cases),--cases $(cases)) $(if $(filter true,$(plan)),--plan)

bench-end: setup
	@$(bench).end_to_end

# Tools of other authors, each in an environment of its own: those of benchmarks/tools, or `tools="flashdeconv"`.
# stereoscope is part of scvi-tools: its environment is that of scvi.
tools := $(basename $(notdir $(wildcard benchmarks/tools/*.txt)))
bench-tools: setup
	@for tool in $(tools); do \
		.venv/bin/uv venv --quiet --clear --python 3.11 benchmarks/results/tools/$$tool && \
		.venv/bin/uv pip install --quiet --python benchmarks/results/tools/$$tool/bin/python -r benchmarks/tools/$$tool.txt || \
		{ echo "$$tool cannot be installed: the benchmark says so"; rm -rf benchmarks/results/tools/$$tool; }; done
	@mkdir -p benchmarks/results/tools && cd benchmarks/results/tools && \
	if [ -d scvi ] && [ ! -L scvi ]; then rm -rf stereoscope && ln -s scvi stereoscope; fi

bench-rivals: setup
	@$(bench).rivals $(if $(rows),--rows $(rows))

bench-train: setup
	@$(bench).training
	@$(bench).published_bulb

bench-kept: setup
	@$(bench).kept

bench-generators: setup
	@$(bench).generators $(judged) $(if $(sets),--sets $(sets))

bench-images: setup
	@$(bench).images $(judged) $(if $(filter true,$(scale)),--scale) $(images)

bench-map: setup
	@$(bench).mapping

bench-spots: setup
	@$(bench).sections $(judged)

bench-choice: setup
	@$(bench).section_choice $(judged) $(if $(filter true,$(cells)),--cells)

bench-places: setup
	@$(bench).places $(judged)

bench-trust: setup
	@$(bench).trust
	@$(bench).intervals $(judged)
	@$(bench).unknown
	@$(bench).contradiction
	@$(bench).confidence
	@$(bench).imaged_trust $(judged)

bench-io: setup
	@$(bench).reading

bench-blood: setup
	@$(bench).blood

bench-atlas: setup
	@$(bench).atlas $(atlas)

bench-cohort: setup
	@$(bench).cohort $(cohort)
	@$(bench).expression $(judged)
	@$(bench).differences
	@$(bench).walk
	@$(bench).planning
	@$(bench).stub_run
	@$(bench).small_run

# What a large run needs, from the lines of the benchmarks: nothing is run.
scale: setup
	@$(bench).scale $(scale_of)

bench-hd: setup
	@$(bench).hd $(hd)
	@$(bench).imaged_size

bench-gpu: setup
	@$(bench).gpu

bench-explorer: setup
	@$(bench).explorer

gallery: setup
	@$(bench).gallery $(if $(tissue),--tissue $(tissue))

lint: setup-dev
	@tools/lint

audit: setup-dev
	@$(python) tools/audit.py

docs: setup-dev demo
	PYTHONPATH=benchmarks/bin $(python) tools/write_docs.py

docs/parameters.md: nextflow_schema.json | .venv/dev.stamp
	PYTHONPATH=benchmarks/bin:tools $(python) -c "import write_docs; write_docs.write_parameters()"

lock: .venv/bin/uv
	.venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.lock
	.venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements.lock requirements-dev.in -o requirements-dev.lock

clean:
	rm -rf .venv .cache .images .nextflow* work results

.venv/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "bulk2space needs python3 to be Python 3.11")'
	python3 -m venv .venv
	$(python) -m pip install --quiet uv==0.13.9

.venv/run.stamp: requirements.lock | .venv/bin/uv
	@command -v c++ >/dev/null || { echo "bulk2space needs a C++ compiler (g++) to build deep-forest-py310"; exit 1; }
	@echo "Installing $$(grep -c '==' $<) Python packages into .venv; one is compiled, so this takes some minutes"
	@started=$$SECONDS; .venv/bin/uv pip install --quiet --python $(python) --require-hashes --compile-bytecode -r $<; \
	echo "Installed: $$(du -sh .venv | cut -f1) in $$((SECONDS - started)) s"; touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@.venv/bin/uv pip install --quiet --python $(python) --require-hashes --compile-bytecode -r $<; touch $@
