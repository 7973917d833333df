// SPDX-License-Identifier: MIT
//
// The module _heapq: binary heaps in lists. An item rises while it is less than its parent; a hole sinks to a leaf
// along the smaller children before the item rises from there, which saves comparisons (Knuth, TAOCP 3, 5.2.3, exercise
// 18). A comparison may run a script that changes the list: its length is checked after each one.

#include "vm/types/container.h"

static int less(VM *vm, List *heap, Value a, Value b, bool max)
{
    int64_t count = heap->count;
    int result = max ? value_less(vm, b, a) : value_less(vm, a, b);
    if (result >= 0 && heap->count != count)
        return raise_runtime(vm, "list changed size during iteration"), -1;
    return result;
}

static void swap_items(VM *vm, List *heap, int64_t a, int64_t b)
{
    Value v = heap->items[a];
    heap->items[a] = heap->items[b];
    heap->items[b] = v;
    gc_barrier_value(vm, heap, heap->items, v);
    gc_barrier_value(vm, heap, heap->items, heap->items[a]);
}

static bool rise(VM *vm, List *heap, int64_t top, int64_t at, bool max)
{
    while (at > top) {
        int64_t parent = (at - 1) >> 1;
        int smaller = less(vm, heap, heap->items[at], heap->items[parent], max);
        if (smaller <= 0)
            return smaller == 0;
        swap_items(vm, heap, at, parent);
        at = parent;
    }
    return true;
}

static bool sink(VM *vm, List *heap, int64_t at, bool max)
{
    int64_t top = at, count = heap->count;
    while (2 * at + 1 < count) {
        int64_t child = 2 * at + 1;
        if (child + 1 < count) {
            int smaller = less(vm, heap, heap->items[child], heap->items[child + 1], max);
            if (smaller < 0)
                return false;
            child += !smaller;
        }
        swap_items(vm, heap, at, child);
        at = child;
    }
    return rise(vm, heap, top, at, max);
}

static List *heap_of(VM *vm, Value v, const char *caller, const char *which)
{
    if (is_list(v))
        return as_list(v);
    return raise_type(vm, "%s() argument%s must be list, not %T", caller, which, v), NULL;
}

static Value push(VM *vm, Value *args, bool max)
{
    List *heap = heap_of(vm, args[0], "heappush", " 1");
    if (!heap || !list_append(vm, heap, args[1]) || !rise(vm, heap, 0, heap->count - 1, max))
        return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value pop(VM *vm, Value *args, bool max)
{
    List *heap = heap_of(vm, args[0], "heappop", "");
    if (!heap)
        return VALUE_EMPTY;
    if (heap->count == 0)
        return raise_index(vm, "index out of range");
    Value last = heap->items[--heap->count];
    if (heap->count == 0)
        return last;
    Value first = heap->items[0];
    heap->items[0] = last;
    gc_barrier_value(vm, heap, heap->items, last);
    return sink(vm, heap, 0, max) ? first : VALUE_EMPTY;
}

static Value replace(VM *vm, Value *args, bool max)
{
    List *heap = heap_of(vm, args[0], "heapreplace", " 1");
    if (!heap)
        return VALUE_EMPTY;
    if (heap->count == 0)
        return raise_index(vm, "index out of range");
    Value first = heap->items[0];
    heap->items[0] = args[1];
    gc_barrier_value(vm, heap, heap->items, args[1]);
    return sink(vm, heap, 0, max) ? first : VALUE_EMPTY;
}

static Value push_pop(VM *vm, Value *args, bool max)
{
    List *heap = heap_of(vm, args[0], "heappushpop", " 1");
    if (!heap)
        return VALUE_EMPTY;
    if (heap->count == 0)
        return args[1];
    int below = less(vm, heap, heap->items[0], args[1], max);
    if (below <= 0)
        return below ? VALUE_EMPTY : args[1];
    return replace(vm, args, max);
}

static Value build(VM *vm, Value *args, bool max)
{
    List *heap = heap_of(vm, args[0], "heapify", "");
    for (int64_t i = heap ? heap->count / 2 - 1 : -1; i >= 0; i--)
        if (!sink(vm, heap, i, max) || !vm_tick(vm))
            return VALUE_EMPTY;
    return heap ? VALUE_NONE : VALUE_EMPTY;
}

#define BOTH(name, work) \
    static Value name(VM *vm, Value *args, int nargs) { (void)nargs; return work(vm, args, false); } \
    static Value name##_max(VM *vm, Value *args, int nargs) { (void)nargs; return work(vm, args, true); }

BOTH(heappush, push)
BOTH(heappop, pop)
BOTH(heapreplace, replace)
BOTH(heappushpop, push_pop)
BOTH(heapify, build)

static const NativeDef functions[] = {
    {"heappush(heap, item, /)", heappush, "Push item onto heap.", NATIVE_RAW, 2, 2},
    {"heappop(heap, /)", heappop, "Pop the smallest item off the heap.", NATIVE_RAW, 1, 1},
    {"heapreplace(heap, item, /)", heapreplace, "Pop the smallest item, then push item.", NATIVE_RAW, 2, 2},
    {"heappushpop(heap, item, /)", heappushpop, "Push item, then pop the smallest item.", NATIVE_RAW, 2, 2},
    {"heapify(heap, /)", heapify, "Make a list a heap, in linear time.", NATIVE_RAW, 1, 1},
    {"heappush_max(heap, item, /)", heappush_max, "heappush for a max-heap.", NATIVE_RAW, 2, 2},
    {"heappop_max(heap, /)", heappop_max, "heappop for a max-heap.", NATIVE_RAW, 1, 1},
    {"heapreplace_max(heap, item, /)", heapreplace_max, "heapreplace for a max-heap.", NATIVE_RAW, 2, 2},
    {"heappushpop_max(heap, item, /)", heappushpop_max, "heappushpop for a max-heap.", NATIVE_RAW, 2, 2},
    {"heapify_max(heap, /)", heapify_max, "heapify for a max-heap.", NATIVE_RAW, 1, 1},
    {0},
};

const ModuleDef _heapq_module = {.name = "_heapq", .doc = "Kernels of heapq.", .functions = functions};
