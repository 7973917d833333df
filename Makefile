# SPDX-License-Identifier: MIT
# Aiolos: `make help` lists what there is.

BUILD ?= build
CC ?= gcc
CFLAGS ?= -O2 -g
SAN = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DAIOLOS_POISON
WARN = -Wall -Wextra -Werror
BASE = -std=gnu11 -I. -I$(BUILD)/gen -fno-strict-aliasing -ffp-contract=off -fvisibility=hidden
LIBS = -lev -lgmp -lm -lpthread
# The module re needs PCRE2 and is left out without it. A program that embeds the library asks for it with RE_LIBS.
PCRE2 := $(shell pkg-config --exists libpcre2-8 libpcre2-32 2>/dev/null && echo yes)
RE_STATIC = -Wl,-Bstatic -lpcre2-8 -lpcre2-32 -Wl,-Bdynamic
RE_USED = -Wl,-u,_re_module
RE_LIBS = $(if $(PCRE2),$(RE_USED) $(if $(FAST_START),$(RE_STATIC),-lpcre2-8 -lpcre2-32))
# The command starts faster at a fixed address and without two shared libraries to load. Not with sanitizers.
# What every start runs is linked first, and so lies on few pages.
EARLY = runtime/api/% runtime/io/% vm/memory/% vm/core/% vm/interp/% $(addprefix vm/types/,bytes dict exception% function int \
    list message module native_types object set str str_b% str_i% str_codec codec_utf super tuple) stdlib/sys% \
    stdlib/builtins% stdlib/_io% stdlib/s%e gen/grammar gen/scan parser/build% vm/compile/% lexer/% runtime/host/%
EARLY_OBJ = $(foreach p,$(EARLY),$(filter $(BUILD)/obj/$(p).o,$(LIB_OBJ)))
FAST_START ?= $(if $(findstring sanitize,$(CFLAGS)),,-no-pie -Wl,-Bstatic -lev -lgmp -Wl,-Bdynamic)
JOBS ?= 2

GEN = $(BUILD)/gen/grammar.c $(BUILD)/gen/scan.c $(BUILD)/gen/frozen.c
CLI_SRC = $(sort $(wildcard runtime/cli/*.c))
LIB_SRC = $(filter-out $(CLI_SRC) $(if $(PCRE2),,$(wildcard stdlib/_re*.c)),$(sort $(wildcard lexer/*.c parser/*.c vm/*/*.c runtime/*/*.c stdlib/*.c stdlib/*/*.c)))
FROZEN = $(sort $(wildcard stdlib/*.aio stdlib/*/*.aio stdlib/*/*/*.aio))
LIB_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(LIB_SRC)) $(patsubst $(BUILD)/gen/%.c,$(BUILD)/obj/gen/%.o,$(GEN))
CLI_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(CLI_SRC))
UNIT_SRC = $(sort $(wildcard tests/unit/test_*.c))

.PHONY: all
all: $(BUILD)/aiolos  ## build the command build/aiolos and build/libaiolos.a

$(BUILD)/aiolos: $(CLI_OBJ) $(BUILD)/libaiolos.a
	@echo LD $@
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(EARLY_OBJ) $(BUILD)/libaiolos.a $(RE_LIBS) $(FAST_START) $(LIBS)

$(BUILD)/libaiolos.a: $(LIB_OBJ)
	@rm -f $@
	@echo AR $@
	@ar rcs $@ $(LIB_OBJ)

$(BUILD)/gen/grammar.c $(BUILD)/gen/grammar.h &: parser/grammar.y
	@mkdir -p $(BUILD)/gen
	lemon -q -d$(BUILD)/gen parser/grammar.y

$(BUILD)/gen/scan.c: lexer/scan.re
	@mkdir -p $(BUILD)/gen
	re2c -W --no-debug-info -o $@ $<

$(BUILD)/freeze: scripts/dev/freeze.c
	@mkdir -p $(BUILD)
	$(CC) -std=gnu11 -O1 -o $@ $<

$(BUILD)/gen/frozen.c: $(BUILD)/freeze $(FROZEN)
	@mkdir -p $(BUILD)/gen
	@echo FREEZE $@
	@$(BUILD)/freeze stdlib $(FROZEN) > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/grammar.h
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(BASE) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/grammar.h
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(BASE) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- running and testing

.PHONY: setup run schedules test test-plain test-san test-stress test-alloc unit oracle bench lint fuzz coverage format help clean
setup:  ## install the Debian packages that are missing
	@scripts/dev/setup

run: setup  ## set up, build, run the example pipeline
	@$(MAKE) --no-print-directory -j$(JOBS) all >/dev/null
	$(BUILD)/aiolos scripts/examples/pipeline.aio

test: setup  ## set up, build, run every test: plain, sanitizers, GC stress, allocation failures
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build-san CFLAGS="$(SAN)" all
	@scripts/dev/check $(BUILD)/aiolos build-san/aiolos $(JOBS)

unit: all  ## build and run the unit tests of BUILD
	@for t in $(UNIT_SRC); do \
	    n=$$(basename $$t .c); \
	    $(CC) $(BASE) $(CFLAGS) $(WARN) -o $(BUILD)/$$n $$t $(BUILD)/libaiolos.a $(LIBS) -lcmocka || exit 1; \
	    $(BUILD)/$$n || exit 1; \
	done

oracle:  ## regenerate every expected output with CPython and fail on a difference
	@scripts/dev/oracle

bench: all  ## compare with CPython and what else is installed
	@scripts/dev/bench

schedules: all  ## random task programs: every step in CPython's order
	@scripts/dev/schedules --jobs $(JOBS)

lint:  ## style checks
	@scripts/dev/lint

fuzz:  ## libFuzzer on the front end and on compile + run, 60 s each
	@scripts/dev/fuzz

coverage:  ## line coverage of the golden and unit tests
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build-cov CFLAGS="-O0 -g --coverage" all
	@tests/run --exe build-cov/aiolos --jobs $(JOBS) --fast; $(MAKE) --no-print-directory BUILD=build-cov CFLAGS="-O0 -g --coverage" unit
	@gcovr -r . build-cov/obj --exclude build-cov/gen --txt build-cov/coverage.txt && tail -4 build-cov/coverage.txt

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1\t\2/p' Makefile | expand -t 12

clean:  ## remove what was built
	rm -rf $(BUILD) build-san build-cov build-fuzz
