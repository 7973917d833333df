// SPDX-License-Identifier: MIT
//
// A readable listing of code, derived from the operand kinds of opcodes.def. For `--dis` and for tests of the compiler.
#include "vm/compile/compiler.h"
#include "vm/compile/positions.h"

typedef struct Listing {
    VM *vm;
    const Code *code;
    const TextSink *sink;
} Listing;

static void print_register(Listing *l, uint32_t reg)
{
    if (reg < l->code->nlocals)
        sink_printf(l->sink, " %s", as_str(l->code->varnames[reg])->data);
    else
        sink_printf(l->sink, " r%u", reg);
}

static void print_constant(Listing *l, uint32_t index)
{
    Value v = l->code->constants[index];
    if (has_kind(v, KIND_CODE)) {
        sink_printf(l->sink, " <code %s>", ((Code *)as_object(v))->qualname->data);
        return;
    }
    Str *text = object_repr(l->vm, v);
    if (!text) {
        error_clear(l->vm);
        sink_puts(l->sink, " ?");
    } else if (text->size > 60) {
        sink_printf(l->sink, " %.57s...", text->data);
    } else {
        sink_printf(l->sink, " %s", text->data);
    }
}

static void print_operand(Listing *l, char kind, uint32_t value, uint32_t index)
{
    const Code *code = l->code;
    switch (kind) {
    case 'r': case 'w': case 'x': print_register(l, value); break;
    case 'k': case 'd': print_constant(l, value); break;
    case 'i': sink_printf(l->sink, " .%s", code_cache(code, value)->name->data); break;
    case 'f': sink_printf(l->sink, " &%s", as_str(code->freenames[value])->data); break;
    case 'o': sink_printf(l->sink, " ->%lld", (long long)index + 1 + (int16_t)value); break;
    case 'u': sink_printf(l->sink, " %u", value); break;
    default: break;
    }
}

static void print_instr(Listing *l, uint32_t i)
{
    const Instr *in = &l->code->instrs[i];
    const char *kinds = op_operands(in->op);
    Position p = code_position(l->code, i);
    sink_printf(l->sink, "%5u %4d:%-3d %s", i, p.line, p.column, op_name(in->op));
    if (in->n)
        sink_printf(l->sink, "/%u", in->n);
    print_operand(l, kinds[0], in->a, i);
    if (kinds[1] == 's') {
        sink_printf(l->sink, " ->%lld", (long long)i + 1 + in->sbx);
    } else if (in->op == OP_LOAD_INT) {
        sink_printf(l->sink, " %d", in->sbx);
    } else {
        print_operand(l, kinds[1], op_is_wide(in->op) ? in->bx : in->b, i);
        if (!op_is_wide(in->op))
            print_operand(l, kinds[2], in->c, i);
    }
    sink_puts(l->sink, "\n");
}

static void print_tables(Listing *l)
{
    const Code *code = l->code;
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const Handler *h = &code->handlers[i];
        sink_printf(l->sink, "  handler [%u, %u) -> %u", h->start, h->end, h->target);
        print_register(l, h->reg);
        sink_puts(l->sink, "\n");
    }
    for (uint32_t i = 0; i < code->inlined_count; i++) {
        const Inlined *r = &code->inlined[i];
        sink_printf(l->sink, "  inlined [%u, %u) %s in %u, called at %u\n", r->start, r->end, r->qualname->data,
                    r->parent, r->call_position);
    }
}

void disassemble(VM *vm, Code *code, const TextSink *sink)
{
    Listing l = {vm, code, sink};
    sink_printf(sink, "%s: line %u, %u registers (%u named), flags %x\n", code->qualname->data, code->first_line,
                code->nregs, code->nlocals, code->flags);
    for (uint32_t i = 0; i < code->instr_count; i++)
        print_instr(&l, i);
    print_tables(&l);
    for (uint32_t i = 0; i < code->constant_count; i++) {
        if (has_kind(code->constants[i], KIND_CODE)) {
            sink_puts(sink, "\n");
            disassemble(vm, (Code *)as_object(code->constants[i]), sink);
        }
    }
}
