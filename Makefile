# SPDX-License-Identifier: MIT
# Aiolos: see `make help`.

BUILD ?= build
CC ?= gcc
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Werror
BASE = -std=gnu11 -I. -I$(BUILD)/gen -fno-strict-aliasing -fvisibility=hidden
LIBS = -lev -lgmp -lm -lpthread

GEN = $(BUILD)/gen/grammar.c $(BUILD)/gen/scan.c
SRC = $(sort $(wildcard lexer/*.c parser/*.c vm/*/*.c runtime/*/*.c stdlib/*.c stdlib/*/*.c))
CLI_SRC = $(wildcard runtime/cli/*.c)
LIB_SRC = $(filter-out $(CLI_SRC),$(SRC)) $(GEN)
FROZEN = $(sort $(wildcard stdlib/*.aio stdlib/*/*.aio stdlib/*/*/*.aio))
ifneq ($(wildcard scripts/dev/freeze.c),)
LIB_SRC += $(BUILD)/gen/frozen.c
endif
LIB_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(subst $(BUILD)/,,$(LIB_SRC)))
CLI_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(CLI_SRC))

.PHONY: all
all: $(BUILD)/aiolos

$(BUILD)/aiolos: $(CLI_OBJ) $(BUILD)/libaiolos.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(BUILD)/libaiolos.a $(LIBS)

$(BUILD)/libaiolos.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $(LIB_OBJ)

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
	$(BUILD)/freeze stdlib $(FROZEN) > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/grammar.h
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(BASE) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/grammar.h
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(BASE) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
