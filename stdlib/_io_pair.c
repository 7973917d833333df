// SPDX-License-Identifier: MIT
//
// BufferedRWPair: two one-way streams as one. Reads go to a BufferedReader, writes to a BufferedWriter.

#include "_io.h"

typedef struct Pair {
    Object base;
    Value reader, writer;
    Value attributes;
} Pair;

static Pair *as_pair(Value v) { return (Pair *)as_object(v); }

static void pair_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Pair *)o)->reader);
    gc_mark(gc, ((Pair *)o)->writer);
    gc_mark(gc, ((Pair *)o)->attributes);
}

static bool pair_set_up(VM *vm, Pair *p, Value *args)
{
    int64_t size;
    if (!io_ask(vm, args[1], "readable", "File or stream is not readable.") ||
        !io_ask(vm, args[2], "writable", "File or stream is not writable.") || !object_index_i64(vm, args[3], &size))
        return false;
    p->reader = buffered_new(vm, &buffered_reader_def, args[1], size);
    p->writer = p->reader ? buffered_new(vm, &buffered_writer_def, args[2], size) : VALUE_EMPTY;
    gc_barrier(vm, p);
    return p->writer != VALUE_EMPTY;
}

static Value pair_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair *p = type_alloc(vm, as_type(args[0]), 0);
    if (!p)
        return VALUE_EMPTY;
    if (!args[1] || !args[2])
        return as_type(args[0])->flags & TYPE_HEAP ? from_object(p) :
               raise_type(vm, "BufferedRWPair expected at least 2 arguments, got %d", args[1] ? 1 : 0);
    return pair_set_up(vm, p, args) ? from_object(p) : VALUE_EMPTY;
}

static Value pair_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return pair_set_up(vm, as_pair(args[0]), args) ? VALUE_NONE : VALUE_EMPTY;
}

static Value pair_forward(VM *vm, Value target, const char *name, Value *args, int nargs)
{
    return target ? io_call(vm, target, name, args + 1, nargs - 1)
                  : raise_value(vm, "I/O operation on uninitialized object");
}

#define PAIR_FORWARD(id, side) \
    static Value pair_##id(VM *vm, Value *args, int nargs) \
    { \
        return pair_forward(vm, as_pair(args[0])->side, #id, args, nargs); \
    }
PAIR_FORWARD(read, reader)
PAIR_FORWARD(read1, reader)
PAIR_FORWARD(readinto, reader)
PAIR_FORWARD(readinto1, reader)
PAIR_FORWARD(peek, reader)
PAIR_FORWARD(readable, reader)
PAIR_FORWARD(write, writer)
PAIR_FORWARD(flush, writer)
PAIR_FORWARD(writable, writer)

static Value pair_close(VM *vm, Value *args, int nargs)
{
    Value first = pair_forward(vm, as_pair(args[0])->writer, "close", args, nargs), error = vm->error;
    vm->error = VALUE_EMPTY;
    Value second = pair_forward(vm, as_pair(args[0])->reader, "close", args, nargs);
    if (!first && second)
        vm->error = error;
    return first && second ? VALUE_NONE : VALUE_EMPTY;
}

static Value pair_isatty(VM *vm, Value *args, int nargs)
{
    Value v = pair_forward(vm, as_pair(args[0])->writer, "isatty", args, nargs);
    return v == VALUE_FALSE ? pair_forward(vm, as_pair(args[0])->reader, "isatty", args, nargs) : v;
}

static Value pair_closed(VM *vm, Value self)
{
    bool closed;
    return as_pair(self)->writer && io_is_closed(vm, as_pair(self)->writer, &closed) ? from_bool(closed) :
           vm->error ? VALUE_EMPTY : raise_runtime(vm, "the BufferedRWPair object is being garbage-collected");
}

static const NativeDef pair_methods[] = {
    {"__init__(self, reader, writer, buffer_size=8192, /)", pair_init, NULL, 0, 0, 0},
    {"read(self, size=-1, /)", pair_read, NULL, NATIVE_RAW, 1, 2},
    {"read1(self, size=-1, /)", pair_read1, NULL, NATIVE_RAW, 1, 2},
    {"readinto(self, buffer, /)", pair_readinto, NULL, NATIVE_RAW, 2, 2},
    {"readinto1(self, buffer, /)", pair_readinto1, NULL, NATIVE_RAW, 2, 2},
    {"peek(self, size=0, /)", pair_peek, NULL, NATIVE_RAW, 1, 2},
    {"write(self, buffer, /)", pair_write, NULL, NATIVE_RAW, 2, 2},
    {"flush(self, /)", pair_flush, NULL, NATIVE_RAW, 1, 1},
    {"readable(self, /)", pair_readable, NULL, NATIVE_RAW, 1, 1},
    {"writable(self, /)", pair_writable, NULL, NATIVE_RAW, 1, 1},
    {"close(self, /)", pair_close, NULL, NATIVE_RAW, 1, 1},
    {"isatty(self, /)", pair_isatty, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef pair_getsets[] = {{"closed", pair_closed, NULL, NULL}, {0}};
static const TypeOps pair_ops = {.mark = pair_mark, .iter = io_iter, .next = io_next_line};
const TypeDef buffered_pair_def = {
    .name = "_io.BufferedRWPair",
    .kind = KIND_OTHER,
    .size = sizeof(Pair),
    .ops = &pair_ops,
    .methods = pair_methods,
    .getsets = pair_getsets,
    .make = {"BufferedRWPair(cls, reader=<unset>, writer=<unset>, buffer_size=8192, /)", pair_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE | TYPE_EXTRA,
};
