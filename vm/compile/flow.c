// SPDX-License-Identifier: MIT
//
// Analyses on the finished instruction buffer of a unit, before assembly: jumps are threaded, code that cannot be
// reached is marked dead, and the checks for unbound locals that cannot fail are dropped. The last is a forward data-
// flow problem (which variables are bound on every path) on basic blocks with one bit per variable, solved by
// iteration.
#include "vm/compile/compiler.h"

static bool is_jump(const Item *item) { return item->label != NO_LABEL; }

static uint32_t target_of(const Unit *u, const Item *item) { return u->labels[item->label]; }

// ---- jump threading and dead code

// The first instruction at or after i that does something.
static uint32_t skip_dead(const Unit *u, uint32_t i)
{
    while (i < u->count && u->items[i].dead)
        i++;
    return i;
}

static void thread_jump(Unit *u, Item *item)
{
    for (int hops = 0; hops < 32; hops++) {
        uint32_t target = skip_dead(u, target_of(u, item));
        if (target >= u->count || u->items[target].op != OP_JUMP || &u->items[target] == item)
            break;
        item->label = u->items[target].label;
    }
    uint32_t target = skip_dead(u, target_of(u, item));
    if (item->op != OP_JUMP || target >= u->count)
        return;
    const Item *end = &u->items[target];
    if (end->op == OP_RETURN || end->op == OP_RETURN_K) {
        Span span = item->span;
        *item = *end;
        item->span = span;
    }
}

static Opcode opposite(uint32_t op)
{
    switch (op) {
    case OP_JUMP_IF_FALSE: return OP_JUMP_IF_TRUE;
    case OP_JUMP_IF_TRUE: return OP_JUMP_IF_FALSE;
    case OP_JUMP_IF_NONE: return OP_JUMP_IF_NOT_NONE;
    case OP_JUMP_IF_NOT_NONE: return OP_JUMP_IF_NONE;
    default: break;
    }
    if (op >= OP_JUMP_UNLESS_LT && op <= OP_JUMP_UNLESS_GE_K)
        return op - OP_JUMP_UNLESS_LT + OP_JUMP_WHEN_LT;
    if (op >= OP_JUMP_WHEN_LT && op <= OP_JUMP_WHEN_GE_K)
        return op - OP_JUMP_WHEN_LT + OP_JUMP_UNLESS_LT;
    return OP_NOP;
}

// `if not x jump L; jump M; L:` is `if x jump M`. Safe when nothing else jumps to the middle instruction.
static void invert_over_jump(Unit *u, uint32_t i, const uint8_t *targets)
{
    Item *item = &u->items[i];
    uint32_t next = skip_dead(u, i + 1);
    if (next >= u->count || u->items[next].op != OP_JUMP || targets[next] || opposite(item->op) == OP_NOP ||
        skip_dead(u, target_of(u, item)) != skip_dead(u, next + 1))
        return;
    item->op = (uint8_t)opposite(item->op);
    item->label = u->items[next].label;
    u->items[next].dead = true;
}

static void mark_targets(const Unit *u, uint8_t *targets)
{
    for (uint32_t i = 0; i < u->count; i++) {
        if (!u->items[i].dead && is_jump(&u->items[i]))
            targets[skip_dead(u, target_of(u, &u->items[i]))] = 1;
    }
    for (uint32_t h = 0; h < u->handler_count; h++)
        targets[skip_dead(u, u->labels[u->handlers[h].handler])] = 1;
}

typedef struct Reachability {
    Unit *u;
    uint8_t *seen;       // 1 pushed, 2 live
    uint32_t *stack, depth;
} Reachability;

static void push_reachable(Reachability *r, uint32_t i)
{
    if (i < r->u->count && !r->seen[i]) {
        r->seen[i] = 1;
        r->stack[r->depth++] = i;
    }
}

static void drop_unreachable(Compiler *c, Unit *u, const uint32_t *handler_of)
{
    Reachability r = {.u = u, .seen = alloc(c, u->count + 1), .stack = alloc(c, (u->count + 1) * sizeof *r.stack)};
    if (c->failed)
        return;
    push_reachable(&r, 0);
    while (r.depth) {
        for (uint32_t i = r.stack[--r.depth]; i < u->count && r.seen[i] != 2; i++) {
            r.seen[i] = 2;
            if (handler_of[i] != NO_LABEL)
                push_reachable(&r, u->labels[u->handlers[handler_of[i]].handler]);
            if (is_jump(&u->items[i]))
                push_reachable(&r, target_of(u, &u->items[i]));
            if (op_ends(u->items[i].op))
                break;
        }
    }
    for (uint32_t i = 0; i < u->count; i++)
        u->items[i].dead |= r.seen[i] != 2;
}

// For each item the innermost handler range around it, or NO_LABEL. Inner ranges come first in the table.
static uint32_t *handler_map(Compiler *c, const Unit *u)
{
    uint32_t *map = alloc(c, (u->count + 1) * sizeof *map);
    if (!map)
        return NULL;
    memset(map, 0xFF, (u->count + 1) * sizeof *map);
    for (uint32_t h = u->handler_count; h-- > 0;) {
        for (uint32_t i = u->handlers[h].start; i < u->handlers[h].end; i++)
            map[i] = h;
    }
    return map;
}

void flow_threads(Compiler *c, Unit *u)
{
    uint8_t *targets = alloc(c, u->count + 1);
    uint32_t *handler_of = handler_map(c, u);
    if (c->failed)
        return;
    for (uint32_t i = 0; i < u->count; i++) {
        if (is_jump(&u->items[i]))
            thread_jump(u, &u->items[i]);
    }
    drop_unreachable(c, u, handler_of);
    if (c->failed)
        return;
    mark_targets(u, targets);
    for (uint32_t i = 0; i < u->count; i++) {
        Item *item = &u->items[i];
        if (!item->dead && is_jump(item) && item->op != OP_JUMP)
            invert_over_jump(u, i, targets);
    }
    for (uint32_t i = u->count; i-- > 0;) { // a jump to what follows anyway
        Item *item = &u->items[i];
        if (!item->dead && item->op == OP_JUMP && skip_dead(u, target_of(u, item)) == skip_dead(u, i + 1))
            item->dead = true;
    }
}

// ---- bound variables

typedef uint64_t Bits;

typedef struct Basic { // a basic block
    uint32_t start, end;
    Bits *in, *gain, *lose; // lose: unbound somewhere in the block; gain: bound at its end
    bool reached, queued;
} Basic;

typedef struct Analysis {
    Compiler *c;
    Unit *u;
    uint32_t *block_of; // item -> block number
    uint32_t *handler_of;
    Basic *blocks;
    uint32_t count, words;
    uint32_t *queue, queue_head, queue_size;
} Analysis;

static void set_bit(Bits *bits, uint32_t i) { bits[i / 64] |= (Bits)1 << i % 64; }
static void clear_bit(Bits *bits, uint32_t i) { bits[i / 64] &= ~((Bits)1 << i % 64); }
static bool get_bit(const Bits *bits, uint32_t i) { return bits[i / 64] >> i % 64 & 1; }

static uint32_t written_count(const Item *item)
{
    switch (item->op) {
    case OP_UNPACK: return item->c;
    case OP_UNPACK_EX: return item->c + item->n + 1;
    default: return 1;
    }
}

// Calls set(reg) for each register an instruction writes and lose(reg) for each it empties. A loop instruction writes
// only when it jumps: see propagate.
static void apply(const Unit *u, const Item *item, Bits *bound, Bits *lost)
{
    uint32_t limit = u->nlocals;
    if (item->op == OP_CLEAR || item->op == OP_DELETE_LOCAL) {
        if (item->a < limit) {
            clear_bit(bound, item->a);
            if (lost)
                set_bit(lost, item->a);
        }
        return;
    }
    if (item->op == OP_FOR_LOOP)
        return;
    const char *kinds = op_operands(item->op);
    if (kinds[0] == 'w') {
        for (uint32_t i = 0; i < written_count(item); i++) {
            if (item->a + i < limit)
                set_bit(bound, item->a + i);
        }
    }
    if (kinds[1] != 's' && kinds[2] == 'w' && item->c < limit)
        set_bit(bound, item->c);
}

static bool split_blocks(Analysis *a)
{
    Unit *u = a->u;
    uint8_t *starts = alloc(a->c, u->count + 2);
    a->block_of = alloc(a->c, (u->count + 1) * sizeof *a->block_of);
    if (a->c->failed)
        return false;
    starts[0] = 1;
    mark_targets(u, starts);
    for (uint32_t i = 0; i < u->count; i++) {
        if (!u->items[i].dead && (is_jump(&u->items[i]) || op_ends(u->items[i].op)))
            starts[i + 1] = 1;
    }
    for (uint32_t h = 0; h < u->handler_count; h++)
        starts[u->handlers[h].start] = starts[u->handlers[h].end] = 1;
    for (uint32_t i = 0; i < u->count; i++)
        a->count += starts[i];
    a->blocks = alloc(a->c, (a->count + 1) * sizeof *a->blocks);
    for (uint32_t i = 0, n = 0; i < u->count && !a->c->failed; i++) {
        if (starts[i])
            a->blocks[n++].start = i;
        a->blocks[n - 1].end = i + 1;
        a->block_of[i] = n - 1;
    }
    return !a->c->failed;
}

static bool summarize(Analysis *a)
{
    size_t size = a->words * sizeof(Bits);
    for (uint32_t b = 0; b < a->count; b++) {
        Basic *block = &a->blocks[b];
        Bits *memory = alloc(a->c, 3 * size + 1);
        if (!memory)
            return false;
        block->in = memory;
        block->gain = memory + a->words;
        block->lose = memory + 2 * a->words;
        for (uint32_t i = block->start; i < block->end; i++) {
            if (!a->u->items[i].dead)
                apply(a->u, &a->u->items[i], block->gain, block->lose);
        }
    }
    return true;
}

// Joins `bound` (plus one register) into the state at the start of a block.
static void join(Analysis *a, uint32_t index, const Bits *bound, const Bits *minus, uint32_t extra)
{
    Basic *block = &a->blocks[index];
    bool changed = !block->reached;
    for (uint32_t w = 0; w < a->words; w++) {
        Bits bits = bound[w] & (minus ? ~minus[w] : ~(Bits)0);
        if (extra / 64 == w && extra < a->u->nlocals)
            bits |= (Bits)1 << extra % 64;
        Bits joined = block->reached ? block->in[w] & bits : bits;
        changed |= joined != block->in[w];
        block->in[w] = joined;
    }
    block->reached = true;
    if (changed && !block->queued) {
        block->queued = true;
        a->queue[(a->queue_head + a->queue_size++) % a->count] = index;
    }
}

static uint32_t block_at(const Analysis *a, uint32_t item)
{
    item = skip_dead(a->u, item);
    return item < a->u->count ? a->block_of[item] : NO_LABEL;
}

static void propagate(Analysis *a, uint32_t index, Bits *out)
{
    Unit *u = a->u;
    const Basic *block = &a->blocks[index];
    memcpy(out, block->in, a->words * sizeof *out);
    uint32_t last = block->end;
    for (uint32_t i = block->start; i < block->end; i++) {
        if (!u->items[i].dead) {
            apply(u, &u->items[i], out, NULL);
            last = i;
        }
    }
    const Item *item = last < block->end ? &u->items[last] : NULL;
    uint32_t next = block_at(a, block->end);
    if (item && is_jump(item)) {
        uint32_t to = block_at(a, target_of(u, item));
        if (to != NO_LABEL)
            join(a, to, out, NULL, item->op == OP_FOR_LOOP ? item->a : NO_LABEL);
    }
    if (next != NO_LABEL && !(item && op_ends(item->op)))
        join(a, next, out, NULL, NO_LABEL);
}

// Exceptions of a block see its variables as they were at any point in it.
static void propagate_handlers(Analysis *a, uint32_t index)
{
    const Unit *u = a->u;
    const Basic *block = &a->blocks[index];
    uint32_t handler = a->handler_of[block->start];
    uint32_t to = handler == NO_LABEL ? NO_LABEL : block_at(a, u->labels[u->handlers[handler].handler]);
    if (to != NO_LABEL)
        join(a, to, block->in, block->lose, NO_LABEL);
}

static void start_state(Analysis *a, Bits *bound)
{
    for (uint32_t r = 0; r < a->u->nlocals; r++) {
        if (a->u->variables[r]->flags & DEF_PARAM)
            set_bit(bound, r);
    }
}

static void solve(Analysis *a, Bits *out)
{
    start_state(a, out);
    join(a, block_at(a, 0) == NO_LABEL ? 0 : block_at(a, 0), out, NULL, NO_LABEL);
    while (a->queue_size && !a->c->failed) {
        uint32_t index = a->queue[a->queue_head];
        a->queue_head = (a->queue_head + 1) % a->count;
        a->queue_size--;
        a->blocks[index].queued = false;
        propagate_handlers(a, index);
        propagate(a, index, out);
    }
}

// Drops the checks that cannot fail; `clear` collects the variables of the others.
static void drop_checks(Analysis *a, Bits *bound, uint64_t *clear)
{
    Unit *u = a->u;
    for (uint32_t b = 0; b < a->count; b++) {
        memcpy(bound, a->blocks[b].in, a->words * sizeof *bound);
        for (uint32_t i = a->blocks[b].start; i < a->blocks[b].end; i++) {
            Item *item = &u->items[i];
            if (item->dead)
                continue;
            bool checks = item->op == OP_CHECK_LOCAL || item->op == OP_DELETE_LOCAL;
            if (checks && !get_bit(bound, item->a))
                set_bit(clear, item->a);
            else if (item->op == OP_CHECK_LOCAL)
                item->dead = true;
            apply(u, item, bound, NULL);
            if (item->op == OP_CHECK_LOCAL)
                set_bit(bound, item->a); // it went on, so it is bound
        }
    }
}

static void check_everything(Unit *u, uint64_t *clear)
{
    for (uint32_t r = 0; r < u->nlocals; r++)
        set_bit(clear, r);
}

bool flow_bound(Compiler *c, Unit *u, uint64_t *clear)
{
    Analysis a = {.c = c, .u = u, .words = (u->nlocals + 63) / 64};
    if (u->nlocals == 0)
        return true;
    a.handler_of = handler_map(c, u);
    if (!a.handler_of || !split_blocks(&a))
        return false;
    if ((uint64_t)a.count * a.words > (1u << 20)) { // huge code: keep all checks
        check_everything(u, clear);
        return true;
    }
    Bits *bits = alloc(c, a.words * sizeof *bits);
    a.queue = alloc(c, (a.count + 1) * sizeof *a.queue);
    if (c->failed || !summarize(&a))
        return false;
    solve(&a, bits);
    drop_checks(&a, bits, clear);
    return true;
}
