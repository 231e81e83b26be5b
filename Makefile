# Commands for a fresh machine: `make demo`, `make residual`, `make blur`, `make lipschitz`, `make stencil`, `make mind`, `make mpi`, `make stream`, `make check`, `make test`, `make cross`, `make style`, `make bench`, `make bench-structure`, `make bench-constraint`, `make compile-time`. Each installs what is missing, configures, builds, runs.
#   make demo ARGS="volume.nii.gz"    arguments for the program; --help lists them
#   make test CMAKE_ARGS="-D..."      options for CMake; BUILD=dir and JOBS=n choose the build folder and the parallelism
#   make cross PROCESSOR=s390x        or riscv64, armhf, aarch64
#   make style FIX=1                  mends the format and the includes first
#   make bench SHAPES=seed            the five example shapes, or a list such as S1,M2; DIRECTIONS, TYPES, THREADS as `bench --help` says
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_ARGS ?=
CTEST_ARGS ?=
ARGS ?=
PROCESSOR ?= aarch64
SHAPES ?= all
ROWS ?=
DIRECTIONS ?=
TYPES ?=
THREADS ?=
FIX ?=
RANKS ?= 4

.PHONY: help demo residual blur lipschitz stencil mind mpi stream check test test-packages test-configured test-built cross style bench bench-structure bench-constraint compile-time clean

help:
	@echo "make demo      build and run the demo on a real MRI volume"
	@echo "make residual  learn a filter on it that finds forged parts"
	@echo "make blur      learn the kernel of a blur"
	@echo "make lipschitz  certify that a chain of layers lengthens no perturbation of it"
	@echo "make stencil   learn the stencil of a heat equation"
	@echo "make mind      find how far a copy of it with other contrast was moved, by MIND and local correlation"
	@echo "make mpi       learn a residual filter on RANKS=$(RANKS) ranks of MPI, and compare with one"
	@echo "make stream    take a volume that is larger than the memory it may have through two layers"
	@echo "make check     build and run the essential tests, in three minutes"
	@echo "make test      build and run every test"
	@echo "make cross     build the essential tests for PROCESSOR=$(PROCESSOR), and run them under qemu"
	@echo "make style     compare every source with .clang-format, and the headers with .clang-tidy"
	@echo "make bench     measure every shape against oneDNN; SHAPES=seed takes two minutes"
	@echo "make bench-structure   measure layers of whose kernels something is known beside their dense twins; ROWS=T1,T9 some"
	@echo "make bench-constraint   measure every mode and its gradient against memcpy"
	@echo "make compile-time   measure what it costs to compile"
	@echo "make clean     remove $(BUILD)/"

demo:
	@sh cmake/packages.sh demo
	@sh cmake/configure.sh "$(BUILD)" demo $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target demo
	@"$(BUILD)/examples/demo/demo" $(ARGS)

residual:
	@sh cmake/packages.sh residual
	@sh cmake/configure.sh "$(BUILD)" residual $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target residual_filter
	@"$(BUILD)/examples/residual_filter/residual_filter" $(ARGS)

blur:
	@sh cmake/packages.sh blur
	@sh cmake/configure.sh "$(BUILD)" blur $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target blur_kernel
	@"$(BUILD)/examples/blur_kernel/blur_kernel" $(ARGS)

lipschitz:
	@sh cmake/packages.sh lipschitz
	@sh cmake/configure.sh "$(BUILD)" lipschitz $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target lipschitz
	@"$(BUILD)/examples/lipschitz/lipschitz" $(ARGS)

stencil:
	@sh cmake/packages.sh stencil
	@sh cmake/configure.sh "$(BUILD)" stencil $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target stencil
	@"$(BUILD)/examples/stencil/stencil" $(ARGS)

mind:
	@sh cmake/packages.sh mind
	@sh cmake/configure.sh "$(BUILD)" mind $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target mind
	@"$(BUILD)/examples/mind/mind" $(ARGS)

mpi:
	@sh cmake/packages.sh mpi
	@sh cmake/configure.sh "$(BUILD)" mpi $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target split_filter
	@sh "$(BUILD)/examples/split_filter/run.sh" $(RANKS) $(ARGS)

stream:
	@sh cmake/packages.sh stream
	@sh cmake/configure.sh "$(BUILD)" stream $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target example_stream
	@"$(BUILD)/examples/stream" $(if $(ARGS),$(ARGS),512 64)

# The steps of `make test` have names, so that a log can tell what each takes.
test-packages:
	@sh cmake/packages.sh test
test-configured: test-packages
	@sh cmake/configure.sh "$(BUILD)" test $(CMAKE_ARGS)
test-built: test-configured
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS)
test: test-built
	@ctest --test-dir "$(BUILD)" --parallel $(JOBS) --output-on-failure $(CTEST_ARGS) </dev/null

check:
	@sh cmake/packages.sh test
	@sh cmake/configure.sh "$(BUILD)" test $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target essential
	@ctest --test-dir "$(BUILD)" --parallel $(JOBS) --output-on-failure --label-regex '^essential$$' $(CTEST_ARGS) </dev/null

cross:
	@sh cmake/packages.sh cross
	@cmake --preset "$(PROCESSOR)" -DESPALIER_TEST_ROOMS=essential $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build --preset "$(PROCESSOR)" --parallel $(JOBS)
	@ctest --preset "$(PROCESSOR)" $(CTEST_ARGS) </dev/null

style:
	@sh cmake/packages.sh style
	@FIX="$(FIX)" sh cmake/style.sh $(JOBS)

bench:
	@sh cmake/packages.sh bench
	@sh cmake/configure.sh "$(BUILD)" bench "-DESPALIER_BENCH_SHAPES=$(SHAPES)" $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target bench
	@"$(BUILD)/bench/bench" --output "$(BUILD)/bench" $(if $(DIRECTIONS),--directions $(DIRECTIONS)) \
	  $(if $(TYPES),--types $(TYPES)) $(if $(THREADS),--threads $(THREADS)) $(ARGS)
	@if command -v gnuplot >/dev/null; then (cd "$(BUILD)/bench" && gnuplot report.gp); fi
	@echo "report: $(BUILD)/bench/report.md, report.json, report.svg"

bench-structure:
	@sh cmake/packages.sh bench
	@sh cmake/configure.sh "$(BUILD)" bench $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target bench_structure
	@"$(BUILD)/bench/bench_structure" --output "$(BUILD)/bench" $(if $(ROWS),--rows $(ROWS)) \
	  $(if $(DIRECTIONS),--directions $(DIRECTIONS)) $(if $(TYPES),--types $(TYPES)) $(if $(THREADS),--threads $(THREADS)) \
	  $(if $(PYTHON),--python "$(PYTHON)") $(ARGS)
	@echo "report: $(BUILD)/bench/structure.md, structure.json"

bench-constraint:
	@sh cmake/packages.sh bench
	@sh cmake/configure.sh "$(BUILD)" bench $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target bench_constraint --target bench_step --target bench_epilogue
	@"$(BUILD)/bench/bench_constraint" --output "$(BUILD)/bench" $(if $(TYPES),--types $(TYPES)) $(ARGS)
	@"$(BUILD)/bench/bench_step" --output "$(BUILD)/bench" $(if $(PYTHON),--python "$(PYTHON)")
	@"$(BUILD)/bench/bench_epilogue" --output "$(BUILD)/bench"
	@echo "report: $(BUILD)/bench/constraint.md, constraint.json, step.md, epilogue.md"

compile-time:
	@sh cmake/packages.sh test
	@sh cmake/configure.sh "$(BUILD)" test $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --target run_compile_time

clean:
	rm -rf "$(BUILD)"
