# Adamant's build.  `make help` lists the targets; README.md says how to begin.
#
# One build directory per variant, everything made lies below it: build/ for the ordinary one, build/asan,
# build/stress, build/tsan beside it, with "-clang" appended for `CC=clang`.  `make B=dir` chooses another.
# Sources are found, never listed: tools/folders.txt names the folders, any .c file in them is compiled.

VARIANT ?= release
CC      ?= cc
AR      ?= ar
PYTHON  ?= /usr/bin/python3
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)/lib
VERSION := $(shell cat VERSION)
SOVERSION := 0

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j2
endif
export CC PYTHON

# ---- where and how -----------------------------------------------------------------------------------------------

FLAVOUR := $(VARIANT)$(if $(filter cc gcc,$(CC)),,-$(subst /,_,$(firstword $(CC))))
B       ?= build$(if $(filter release,$(FLAVOUR)),,/$(FLAVOUR))

OPT_release := -O2 -fno-asynchronous-unwind-tables -DNDEBUG
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan    := -O1 -g -fsanitize=thread
OPT_stress  := -O1 -g -DAD_STRESS
# Kernels are vectorised wherever that pays. Unrolling doubles them and gains nothing but for folds, whose partial results then
# live in registers, and Fourier transforms; what else goes with it only makes copies of loops. Nothing unwinds through the
# library, and with -g a debugger has its own tables.
OPT_KERNELS_release  = $(OPT_release) $(VECTORIZE)
OPT_UNROLLED_release = -O3 $(ONE_COPY) -fno-asynchronous-unwind-tables -DNDEBUG
OPT_SHORT_release    = $(OPT_UNROLLED_release) $(SHORT_LOOPS)
OPT         := $(OPT_$(VARIANT))
OPT_KERNELS  = $(or $(OPT_KERNELS_$(VARIANT)),$(OPT_$(VARIANT)))
OPT_UNROLLED = $(or $(OPT_UNROLLED_$(VARIANT)),$(OPT_$(VARIANT)))
OPT_SHORT    = $(or $(OPT_SHORT_$(VARIANT)),$(OPT_$(VARIANT)))
ifeq ($(OPT),)
$(error VARIANT=$(VARIANT): there is no such variant; say release, asan, tsan or stress)
endif

WERROR   ?= -Werror
WARNINGS := -Wall -Wextra -pedantic -Wshadow -Wstrict-prototypes $(WERROR)
# Results must not depend on what the compiler fuses; errno and traps of libm are never looked at.
NUMERICS := -ffp-contract=off -fno-math-errno -fno-trapping-math
C_FLAGS   = -std=c11 $(WARNINGS) $(NUMERICS) -fPIC -fvisibility=hidden -MMD -MP $(OPT) $(CFLAGS)
DEFINES   = -DAD_BUILD_VERSION='"$(VERSION)"' -DAD_BUILD_VARIANT='"$(VARIANT)"' $(if $(HAVE_ZLIB),-DAD_HAVE_ZLIB=1)
INSIDE    = -Iinclude -Isrc -I$(B)/gen $(DEFINES)
OUTSIDE   = -Iinclude $(DEFINES)
LIBS      = $(if $(HAVE_ZLIB),-lz) -lm -lpthread -ldl

# ---- what --------------------------------------------------------------------------------------------------------

FOLDERS   ?= $(shell sed -e 's/\#.*//' tools/folders.txt | awk 'NF { print $$1 }')
sources    = $(sort $(foreach folder,$(1),$(wildcard src/$(folder)/*.c src/$(folder)/*/*.c)))
objects    = $(patsubst %.c,$(B)/obj/%.o,$(1))
programs   = $(patsubst %.c,$(B)/%,$(1))

LIB_SRC    := $(filter-out $(WITHOUT),$(call sources,$(FOLDERS)))
CLI_SRC    := $(call sources,cli)
HEADERS    := $(wildcard include/adamant/*.h include/adamant/*.def)
SUPPORT    := $(wildcard tests/support/*.c)
TEST_SRC   := $(filter-out $(SUPPORT) tests/install/%,$(sort $(wildcard tests/*/*.c)))
HARNESS    := $(wildcard bench/harness*.c)
BENCH_SRC  := $(filter-out $(HARNESS),$(sort $(wildcard bench/*.c)))
EXAMPLE_SRC := $(sort $(wildcard examples/*.c))
FUZZ_SRC   := $(filter-out fuzz/driver.c,$(sort $(wildcard fuzz/*.c)))
CARRIED    := $(wildcard src/emit/carried.list)

LIB_OBJ    := $(call objects,$(LIB_SRC))
STATIC     := $(B)/libadamant.a
SHARED     := $(B)/libadamant.so.$(SOVERSION)
CLI        := $(if $(CLI_SRC),$(B)/adamant)
TESTS      := $(call programs,$(TEST_SRC))
BENCHES    := $(call programs,$(BENCH_SRC))
EXAMPLES   := $(call programs,$(EXAMPLE_SRC))
FUZZERS    := $(call programs,$(FUZZ_SRC))
GENERATED  := $(if $(CARRIED),$(B)/gen/embedded_text.h)

.PHONY: all lib shared python stubs tests benches examples fuzzers gen test test-quick check bench demo golden mutate amalgam \
        install uninstall cmake-check clean help print-% FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: lib shared $(CLI)
lib: $(STATIC)
shared: $(SHARED)
tests: $(TESTS)
benches: $(BENCHES)
examples: $(EXAMPLES)
fuzzers: $(FUZZERS)

# The Python extension: the whole library and the binding in one object that exports only its PyInit function. The ordinary
# build's lies in the source tree, where PYTHONPATH=python finds it; other variants get a package of their own, $(B)/python.
PYTHON_SRC := $(sort $(wildcard python/src/*.c))
PYTHON_MAP := python/src/exports.map
EXTENSION  := $(if $(filter build,$(B)),python,$(B)/python)/adamant/_core.abi3.so
PYTHON_INCLUDE = $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
STRIP      ?=
PYTHON_API = $(shell $(PYTHON) -c 'import sys; print("-DPy_LIMITED_API=0x030b0000" if sys.version_info >= (3, 11) else "")')
python: $(EXTENSION)
	$(if $(STRIP),strip $<)
# CPython's tables of slots hold functions as void pointers, which ISO C forbids and POSIX allows.
$(B)/obj/python/%.o: WARNINGS += -Wno-pedantic
$(B)/obj/python/%.o: INSIDE = $(OUTSIDE) -Ipython/src $(PYTHON_API) -isystem $(PYTHON_INCLUDE)
$(EXTENSION): $(call objects,$(PYTHON_SRC)) $(STATIC) $(PYTHON_MAP)
	mkdir -p $(@D)
	$(call say,link   ,$@) $(CC) $(OPT) $(CFLAGS) -shared -Wl,--version-script=$(PYTHON_MAP) -Wl,--gc-sections $(PACK_RELOCS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)
ifneq ($(B),build)
	ln -sf "$(CURDIR)"/python/adamant/*.py* $(@D)
endif

help:
	sed -n 's/^## //p' Makefile

## make                 the library (static, shared) and the command line, below build/
## make demo            builds and runs the main example on real data
## make test            everything a change must pass, at most 12 minutes on two cores
## make python          the Python extension in place: PYTHONPATH=python python3 -c 'import adamant'; STRIP=1 without symbols
## make test-quick      the ordinary build's tests only, under a minute
## make check           the long form: both compilers, every variant, CMake, install, cross build
## make bench           one JSON line per case; CASE=pattern chooses, STRICT=1 fails where a need is missed
## make mutate          breaks one statement of each family in a copy; the op matrix must notice
## make gen             writes the files printed from the op descriptors
## make stubs           the type stubs of the Python package, printed from it
## make amalgam         build/amalgam/adamant.c and adamant.h, which compile alone
## make install         into $(DESTDIR)$(PREFIX); make uninstall removes it
## make VARIANT=asan    asan, tsan or stress instead of release; CC=clang; B=dir for another build directory
## make FOLDERS="base"  only these folders of src/

# ---- settings found at build time, and a stamp that changes when the command line does -------------------------------

ifeq ($(filter clean help print-%,$(MAKECMDGOALS)),)
-include $(B)/config.mk
endif
$(B)/config.mk: tools/probe.sh
	mkdir -p $(@D)
	sh tools/probe.sh $(CC) > $@

STAMP := $(B)/flags.txt
$(STAMP): FORCE
	mkdir -p $(@D)
	printf '%s\n' "$(subst ",,$(CC) $(C_FLAGS) $(OPT_KERNELS) $(OPT_UNROLLED) $(SHORT_LOOPS) $(PACK_RELOCS) $(DEFINES))" > $@.new
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# Says what it makes; `make V=1` shows the commands.
ifeq ($(V),)
.SILENT:
say = echo '$(1)  $(patsubst $(B)/%,%,$(2))';
endif

# ---- rules -------------------------------------------------------------------------------------------------------

$(B)/obj/%.o: %.c $(STAMP) | $(GENERATED)
	mkdir -p $(@D)
	$(call say,compile,$<) $(CC) $(C_FLAGS) $(INSIDE) -c $< -o $@
$(B)/obj/src/runtime/kernels/%.o: OPT = $(OPT_KERNELS)
$(addprefix $(B)/obj/src/runtime/kernels/,reduce_%.o row_%.o fft_avx2.o): OPT = $(OPT_UNROLLED)
$(B)/obj/src/runtime/kernels/fft_avx512.o: OPT = $(OPT_SHORT)
$(B)/obj/src/cli/%.o:  INSIDE = $(OUTSIDE) -Isrc/cli
$(B)/obj/tests/%.o:    INSIDE += -Itests
$(B)/obj/bench/%.o:    INSIDE = $(OUTSIDE) -Ibench
$(B)/obj/examples/%.o: INSIDE = $(OUTSIDE)

$(STATIC): $(LIB_OBJ) $(B)/objects.txt
	$(call say,archive,$@) rm -f $@
	$(AR) rcs $@ $(LIB_OBJ)
$(SHARED): $(LIB_OBJ) $(B)/objects.txt
	$(call say,link   ,$@) $(CC) $(OPT) $(CFLAGS) -shared -Wl,-soname,$(@F) $(PACK_RELOCS) $(LDFLAGS) -o $@ $(LIB_OBJ) $(LIBS)
	ln -sf $(@F) $(B)/libadamant.so
# A source file that was removed must leave the library too.
$(B)/objects.txt: FORCE
	mkdir -p $(@D)
	printf '%s\n' $(LIB_OBJ) > $@.new
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@

link = $(call say,link   ,$@) $(CC) $(OPT) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(STATIC) $(LIBS)
$(CLI): $(call objects,$(CLI_SRC)) $(STATIC)
	$(link)
$(TESTS): $(B)/%: $(B)/obj/%.o $(call objects,$(SUPPORT)) $(STATIC)
	mkdir -p $(@D)
	$(link)
$(BENCHES): $(B)/%: $(B)/obj/%.o $(call objects,$(HARNESS)) $(STATIC)
	mkdir -p $(@D)
	$(link)
$(EXAMPLES): $(B)/%: $(B)/obj/%.o $(STATIC)
	mkdir -p $(@D)
	$(link)
$(FUZZERS): $(B)/%: $(B)/obj/%.o $(B)/obj/fuzz/driver.o $(STATIC)
	mkdir -p $(@D)
	$(link)
# The same targets for a search: make CC=clang VARIANT=asan CFLAGS=-fsanitize=fuzzer-no-link search-NAME
search-%: $(B)/obj/fuzz/%.o $(STATIC)
	$(CC) $(OPT) -fsanitize=fuzzer -o $(B)/$@ $^ $(LIBS)

# Files that emitted C carries as text, as one header of byte arrays.
$(B)/gen/embedded_text.h: tools/embed.sh src/emit/carried.list $(if $(CARRIED),$(addprefix src/,$(sort $(shell sed 's/\#.*//; s/:.*//' $(CARRIED)))))
	mkdir -p $(@D)
	sh tools/embed.sh src/emit/carried.list > $@

# The printer of the files that follow from the descriptors. It is built apart, from the descriptors alone, and may lack
# functions that it is about to print: a new op's file compiles and links before they exist.
$(B)/gen-tool: FORCE
	$(MAKE) --no-print-directory B=$(B)/gen-build VARIANT=release FOLDERS="base ir ops" WITHOUT=src/ops/printed.c WERROR= CFLAGS=-w $(B)/gen-build/gen-tool-itself
	cmp -s $(B)/gen-build/gen-tool-itself $@ || cp $(B)/gen-build/gen-tool-itself $@
$(B)/gen-tool-itself: $(B)/obj/tools/gen.o $(STATIC)
	$(CC) $(OPT) -static -Wl,--unresolved-symbols=ignore-all -o $@ $^ $(LIBS)

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)

# ---- what scripts do ---------------------------------------------------------------------------------------------

gen: $(if $(wildcard tools/gen.c),$(B)/gen-tool)
	sh tools/check-generated.sh --write $(B)/gen-tool
stubs: python
	PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/gen-stubs.py

test:
	sh tools/test.sh full
test-quick:
	sh tools/test.sh quick
check:
	sh tools/test.sh long
bench: benches python
	sh tools/bench.sh $(B)/bench "$(CASE)" "$(STRICT)"
demo: $(or $(filter %/digits_neighbours,$(EXAMPLES)),$(EXAMPLES))
	sh tools/demo.sh $(B)
mutate:
	$(PYTHON) tools/mutate.py $(B)/mutate
golden: all tests
	AD_GOLDEN_WRITE=1 sh tests/run $(TESTS)
amalgam: $(GENERATED)
	$(PYTHON) tools/amalgam.py $(B)/amalgam
install: all
	PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" DESTDIR="$(DESTDIR)" ZLIB="$(HAVE_ZLIB)" sh tools/install-files.sh install $(B)
uninstall:
	PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" DESTDIR="$(DESTDIR)" sh tools/install-files.sh uninstall $(B)
clean:
	rm -rf build
print-%:
	printf '%s\n' '$($*)'
FORCE:
