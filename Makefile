# Two commands on a fresh machine: `make demo` and `make test`. Each installs what is missing, configures, builds, runs.
#   make demo ARGS="volume.nii.gz"    arguments for the demo
#   make test CMAKE_ARGS="-D..."      options for CMake; BUILD=dir and JOBS=n choose the build folder and the parallelism
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_ARGS ?=
CTEST_ARGS ?=
ARGS ?=

.PHONY: help demo test clean

help:
	@echo "make demo   build and run the demo on a real MRI volume"
	@echo "make test   build and run every test"
	@echo "make clean  remove $(BUILD)/"

demo:
	@sh cmake/packages.sh demo
	@sh cmake/configure.sh "$(BUILD)" demo $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS) --target demo
	@"$(BUILD)/examples/demo/demo" $(ARGS)

test:
	@sh cmake/packages.sh test
	@sh cmake/configure.sh "$(BUILD)" test $(CMAKE_ARGS)
	@env -u MAKEFLAGS -u MAKELEVEL cmake --build "$(BUILD)" --parallel $(JOBS)
	@ctest --test-dir "$(BUILD)" --parallel $(JOBS) --output-on-failure $(CTEST_ARGS) </dev/null

clean:
	rm -rf "$(BUILD)"
