// SPDX-License-Identifier: MIT
//
// Queue, LifoQueue, PriorityQueue. A plain queue keeps its items in a ring of its own, until a script asks for its
// _queue: then in a deque; the two others in a list. A class of a script that overrides _init, _put or _get is asked
// through them, and its _queue attribute holds the items.
//
// Waiting is as in Python's asyncio: get() and put() look again each time they are woken, and one that is cancelled
// after it was chosen wakes the next.

#include "sync.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

typedef struct Queue {
    Object base;
    EventLoop *loop;
    Waiters items;            // plain queue
    Waiters getters, putters, joiners;
    Value store;              // a list, a deque, or what a script's _init set; VALUE_EMPTY: items
    Value maxsize;
    int64_t limit;            // maxsize as a number, 0: none
    int64_t unfinished;
    bool scripted, shut;      // scripted: a class of a script overrides _init, _put or _get
    bool own_get, own_put, own_empty, own_full; // ... get_nowait, put_nowait, empty, full
    Value attributes;
} Queue;

static Queue *as_queue(Value v) { return (Queue *)as_object(v); }

// ---------------------------------------------------------------- items

static int64_t size_of(VM *vm, Queue *q)
{
    if (!q->store)
        return q->items.count;
    return is_list(q->store) ? as_list(q->store)->count : object_len(vm, q->store);
}

QueueCounts queue_counts(Value queue)
{
    Queue *q = as_queue(queue);
    int64_t size = !q->store ? q->items.count : is_list(q->store) ? as_list(q->store)->count : 0;
    return (QueueCounts){size, q->limit > 0 ? q->limit : 0, q->unfinished};
}

static Value call_named(VM *vm, Value o, const char *method, const Value *args, int nargs)
{
    Value f = attribute_named(vm, o, method);
    return f ? object_call(vm, f, args, nargs, NULL) : VALUE_EMPTY;
}
static Value call_part(VM *vm, Queue *q, const char *method, const Value *args, int nargs)
{
    return call_named(vm, from_object(q), method, args, nargs);
}
// The truth of what an overriding method of a script says: 1, 0, -1 error.
static int ask_part(VM *vm, Queue *q, const char *method)
{
    Value v = call_part(vm, q, method, NULL, 0);
    return v ? object_truth(vm, v) : -1;
}

static Value heap_call(VM *vm, const char *name, Value list, Value item)
{
    Value module = import_by_name(vm, "_heapq");
    Value f = module ? attribute_named(vm, module, name) : VALUE_EMPTY;
    return !f ? VALUE_EMPTY : item ? call2(vm, f, list, item) : call1(vm, f, list);
}

static bool store_item(VM *vm, Queue *q, Value item)
{
    if (!q->store)
        return waiters_push(vm, &q->base, &q->items, item);
    if (q->base.shape->type->def == &priority_queue_def)
        return heap_call(vm, "heappush", q->store, item) != VALUE_EMPTY;
    return is_list(q->store) ? list_append(vm, as_list(q->store), item)
        : call_named(vm, q->store, "append", &item, 1) != VALUE_EMPTY;
}

static Value take_item(VM *vm, Queue *q)
{
    if (!q->store)
        return waiters_pop(&q->items);
    if (q->base.shape->type->def == &priority_queue_def)
        return heap_call(vm, "heappop", q->store, VALUE_EMPTY);
    if (!is_list(q->store))
        return call_named(vm, q->store, "popleft", NULL, 0);
    List *list = as_list(q->store);
    return list->items[--list->count];
}

static bool put_item(VM *vm, Queue *q, Value item)
{
    return q->scripted ? call_part(vm, q, "_put", &item, 1) != VALUE_EMPTY
        : store_item(vm, q, item);
}

static Value get_item(VM *vm, Queue *q)
{
    return q->scripted ? call_part(vm, q, "_get", NULL, 0) : take_item(vm, q);
}

// ---------------------------------------------------------------- waking and the two operations that do not wait

static bool wake_next(VM *vm, Waiters *w)
{
    for (Value v; (v = waiters_pop(w));)
        if (!future_done(as_future(v)))
            return future_set_result(vm, as_future(v), VALUE_NONE);
    return true;
}

// The queue's own full() and empty(): 1, 0, -1 error.
static int holds_limit(VM *vm, Queue *q)
{
    if (q->limit <= 0)
        return 0;
    int64_t size = size_of(vm, q);
    return size < 0 ? -1 : size >= q->limit;
}

static int holds_none(VM *vm, Queue *q)
{
    int64_t size = size_of(vm, q);
    return size < 0 ? -1 : size == 0;
}

// full() and empty() as get() and put() ask them: a class of a script may have its own.
static int is_full(VM *vm, Queue *q)
{
    if (unlikely(q->own_full))
        return ask_part(vm, q, "full");
    return holds_limit(vm, q);
}

static int is_empty(VM *vm, Queue *q)
{
    return unlikely(q->own_empty) ? ask_part(vm, q, "empty") : holds_none(vm, q);
}

static Value put_now(VM *vm, Queue *q, Value item)
{
    if (q->shut)
        return raise_class(vm, sched_of(vm)->queue_shut_down, NULL);
    int full = is_full(vm, q);
    if (full)
        return full < 0 ? VALUE_EMPTY : raise_class(vm, sched_of(vm)->queue_full, NULL);
    if (!put_item(vm, q, item))
        return VALUE_EMPTY;
    q->unfinished++;
    return wake_next(vm, &q->getters) ? VALUE_NONE : VALUE_EMPTY;
}

static Value get_now(VM *vm, Queue *q)
{
    int empty = is_empty(vm, q);
    if (empty)
        return empty < 0 ? VALUE_EMPTY : raise_class(vm, q->shut ? sched_of(vm)->queue_shut_down
            : sched_of(vm)->queue_empty, NULL);
    Value item = get_item(vm, q);
    return item && wake_next(vm, &q->putters) ? item : VALUE_EMPTY;
}

// ---------------------------------------------------------------- get, put, join

static Value wait_in(VM *vm, Operation *op, Queue *q, Waiters *w, bool *pending)
{
    EventLoop *loop = bound_loop(vm, op->owner, &q->loop);
    Future *f = loop ? operation_wait(vm, op, loop, pending) : NULL;
    if (!f || !waiters_push(vm, &q->base, w, from_object(f)))
        return *pending = false, VALUE_EMPTY;
    return op->waiter;
}

// The wait failed: leaves the line; if it had been chosen and there is still something to do, the next is woken.
static Value leave_line(VM *vm, Operation *op, Waiters *w, bool still_useful)
{
    Value error = vm->error;
    vm->error = VALUE_EMPTY;
    Future *f = as_future(op->waiter);
    future_mark_cancelled(vm, f, VALUE_EMPTY);
    waiters_remove(w, op->waiter);
    if (still_useful && f->state != FUTURE_CANCELLED && !wake_next(vm, w))
        return VALUE_EMPTY;
    vm->error = error;
    return VALUE_EMPTY;
}

static Value get_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Queue *q = as_queue(op->owner);
    if (op->waiter && !operation_outcome(vm, op, thrown))
        return leave_line(vm, op, &q->getters, size_of(vm, q) > 0);
    int empty = is_empty(vm, q);
    if (empty > 0 && !q->shut)
        return wait_in(vm, op, q, &q->getters, pending);
    if (empty < 0)
        return VALUE_EMPTY;
    return unlikely(q->own_get) ? call_part(vm, q, "get_nowait", NULL, 0) : get_now(vm, q);
}

static Value put_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Queue *q = as_queue(op->owner);
    if (op->waiter && !operation_outcome(vm, op, thrown))
        return leave_line(vm, op, &q->putters, is_full(vm, q) == 0);
    int full = is_full(vm, q);
    if (full > 0 && !q->shut)
        return wait_in(vm, op, q, &q->putters, pending);
    if (full < 0)
        return VALUE_EMPTY;
    return unlikely(q->own_put) ? call_part(vm, q, "put_nowait", &op->argument, 1) : put_now(vm, q, op->argument);
}

static Value join_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Queue *q = as_queue(op->owner);
    if (op->waiter) {
        Value v = operation_outcome(vm, op, thrown);
        waiters_remove(&q->joiners, op->waiter);
        return v ? VALUE_NONE : VALUE_EMPTY;
    }
    return q->unfinished > 0 ? wait_in(vm, op, q, &q->joiners, pending) : VALUE_NONE;
}

static const OperationKind queue_get = {"Queue.get", get_step}, queue_put = {"Queue.put", put_step},
    queue_join = {"Queue.join", join_step};

static Value get_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &queue_get, a[0], VALUE_NONE); }
static Value put_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &queue_put, a[0], a[1]); }
static Value join_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &queue_join, a[0], VALUE_NONE); }
static Value get_nowait_method(VM *vm, Value *a, int n) { return (void)n, get_now(vm, as_queue(a[0])); }
static Value put_nowait_method(VM *vm, Value *a, int n) { return (void)n, put_now(vm, as_queue(a[0]), a[1]); }

static Value task_done_method(VM *vm, Value *a, int n)
{
    (void)n;
    Queue *q = as_queue(a[0]);
    if (q->unfinished <= 0)
        return raise_value(vm, "task_done() called too many times");
    return --q->unfinished || waiters_wake_all(vm, &q->joiners, VALUE_TRUE) ? VALUE_NONE : VALUE_EMPTY;
}

static Value shutdown_method(VM *vm, Value *a, int n)
{
    (void)n;
    Queue *q = as_queue(a[0]);
    int immediate = object_truth(vm, a[1]);
    if (immediate < 0)
        return VALUE_EMPTY;
    q->shut = true;
    while (immediate && is_empty(vm, q) == 0) {
        if (!get_item(vm, q))
            return VALUE_EMPTY;
        if (q->unfinished > 0)
            q->unfinished--;
    }
    if (immediate && q->unfinished == 0 && !waiters_wake_all(vm, &q->joiners, VALUE_TRUE))
        return VALUE_EMPTY;
    Waiters *lines[] = {&q->getters, &q->putters};
    for (int i = 0; i < 2; i++)
        for (Value v; (v = waiters_pop(lines[i]));)
            if (!future_release(vm, as_future(v), VALUE_NONE))
                return VALUE_EMPTY;
    return VALUE_NONE;
}

// ---------------------------------------------------------------- looking at it

static Value qsize_method(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t size = size_of(vm, as_queue(a[0]));
    return size < 0 ? VALUE_EMPTY : from_small(size);
}
static Value empty_method(VM *vm, Value *a, int n)
{
    (void)n;
    int empty = holds_none(vm, as_queue(a[0]));
    return empty < 0 ? VALUE_EMPTY : from_bool(empty);
}
static Value full_method(VM *vm, Value *a, int n)
{
    (void)n;
    int full = holds_limit(vm, as_queue(a[0]));
    return full < 0 ? VALUE_EMPTY : from_bool(full);
}

static Value list_of_items(VM *vm, Queue *q)
{
    List *list = list_new(vm, q->items.count);
    if (list && q->store)
        return list_extend(vm, list, q->store) ? from_object(list) : VALUE_EMPTY;
    for (uint32_t i = 0; list && i < q->items.count; i++)
        if (!list_append(vm, list, waiters_at(&q->items, i)))
            return VALUE_EMPTY;
    return list ? from_object(list) : VALUE_EMPTY;
}

// "maxsize=0 _queue=[1, 2] _getters[1] tasks=2"
static bool describe(VM *vm, Queue *q, StrBuilder *b)
{
    builder_add_cstr(b, "maxsize=");
    builder_add_repr(b, q->maxsize);
    int64_t size = size_of(vm, q);
    Value items = size > 0 ? list_of_items(vm, q) : VALUE_EMPTY;
    if (items) {
        builder_add_cstr(b, " _queue=");
        builder_add_repr(b, items);
    }
    const struct { const char *format; int64_t count; } rest[] = {
        {" _getters[%lld]", q->getters.count}, {" _putters[%lld]", q->putters.count}, {" tasks=%lld", q->unfinished},
    };
    for (int i = 0; i < 3; i++) {
        Str *s = rest[i].count ? str_format(vm, rest[i].format, (long long)rest[i].count) : NULL;
        if (s)
            builder_add_str(b, s);
    }
    return !vm->error;
}

static Value show(VM *vm, Value self, bool address)
{
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_char(&b, '<');
    builder_add_str(&b, type_of(vm, self)->name);
    Str *at = address ? str_format(vm, " at 0x%zx", (size_t)self) : NULL;
    if (at)
        builder_add_str(&b, at);
    builder_add_char(&b, ' ');
    if (!describe(vm, as_queue(self), &b))
        return VALUE_EMPTY;
    builder_add_char(&b, '>');
    Str *s = builder_finish(&b);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value queue_repr(VM *vm, Value self) { return show(vm, self, true); }
static Value queue_str(VM *vm, Value self) { return show(vm, self, false); }

static Value get_maxsize(VM *vm, Value self) { return (void)vm, as_queue(self)->maxsize; }
static Value get_unfinished(VM *vm, Value self) { return (void)vm, from_small(as_queue(self)->unfinished); }
static bool set_store(VM *vm, Value self, Value v)
{
    as_queue(self)->store = v;
    gc_barrier(vm, as_object(self));
    return true;
}
// The items as a container of scripts, from now on kept in it.
static Value get_store(VM *vm, Value self)
{
    Queue *q = as_queue(self);
    if (q->store)
        return q->store;
    Value module = import_by_name(vm, "_collections"), items = list_of_items(vm, q);
    Value deque = module && items ? call_named(vm, module, "deque", &items, 1) : VALUE_EMPTY;
    if (!deque)
        return VALUE_EMPTY;
    q->items.count = 0;
    return set_store(vm, self, deque) ? deque : VALUE_EMPTY;
}

// ---------------------------------------------------------------- overridable parts

static Value init_part(VM *vm, Value *a, int n)
{
    (void)n;
    Queue *q = as_queue(a[0]);
    if (q->base.shape->type->def == &queue_def)
        return VALUE_NONE;
    List *list = list_new(vm, 0);
    if (!list)
        return VALUE_EMPTY;
    q->store = from_object(list);
    gc_barrier(vm, q);
    return VALUE_NONE;
}
static Value put_part(VM *vm, Value *a, int n)
{
    return (void)n, store_item(vm, as_queue(a[0]), a[1]) ? VALUE_NONE : VALUE_EMPTY;
}
static Value get_part(VM *vm, Value *a, int n)
{
    (void)n;
    Queue *q = as_queue(a[0]);
    if (holds_none(vm, q))
        return vm->error ? VALUE_EMPTY : raise_index(vm, "pop from an empty deque");
    return take_item(vm, q);
}

static bool overrides(VM *vm, Type *t, const char *name)
{
    Str *s = str_intern_text(vm, name, strlen(name));
    return s && type_lookup(vm, t, s) != type_lookup(vm, t->native_base, s);
}

static bool start(VM *vm, Queue *q, Value maxsize)
{
    Type *t = q->base.shape->type;
    q->maxsize = maxsize;
    if (t->flags & TYPE_HEAP) {
        q->scripted = overrides(vm, t, "_init") || overrides(vm, t, "_put") || overrides(vm, t, "_get");
        q->own_get = overrides(vm, t, "get_nowait");
        q->own_put = overrides(vm, t, "put_nowait");
        q->own_empty = overrides(vm, t, "empty");
        q->own_full = overrides(vm, t, "full");
    }
    if (is_double(maxsize))
        q->limit = (int64_t)as_double(maxsize);
    else if (!object_index_i64(vm, maxsize, &q->limit))
        return false;
    q->items = q->getters = q->putters = q->joiners = (Waiters){0};
    q->store = VALUE_EMPTY;
    q->unfinished = 0;
    gc_barrier(vm, q);
    Value args[2] = {from_object(q), maxsize};
    Value ok = q->scripted ? call_part(vm, q, "_init", args + 1, 1) : init_part(vm, args, 2);
    return ok != VALUE_EMPTY;
}

static Value queue_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *cls = as_type(a[0]);
    Queue *q = type_alloc(vm, cls, 0);
    if (!q)
        return VALUE_EMPTY;
    q->maxsize = from_small(0);
    return cls->flags & TYPE_HEAP || start(vm, q, a[1]) ? from_object(q) : VALUE_EMPTY;
}

static Value queue_init(VM *vm, Value *a, int n)
{
    return (void)n, start(vm, as_queue(a[0]), a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static void queue_mark(Gc *gc, Object *o)
{
    Queue *q = (Queue *)o;
    gc_mark_object(gc, (Object *)q->loop);
    waiters_mark(gc, &q->items);
    waiters_mark(gc, &q->getters);
    waiters_mark(gc, &q->putters);
    waiters_mark(gc, &q->joiners);
    gc_mark(gc, q->store);
    gc_mark(gc, q->maxsize);
    gc_mark(gc, q->attributes);
}

static const TypeOps queue_ops = {.mark = queue_mark, .repr = queue_repr, .str = queue_str};
static const NativeDef queue_methods[] = {
    {"get(self, /)", get_method, "Remove and return an item; wait until there is one.", NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"put(self, item)", put_method, "Add an item; wait until there is room.", NATIVE_COROUTINE, 0, 0},
    {"get_nowait(self, /)", get_nowait_method, "Remove and return an item or raise QueueEmpty.", NATIVE_RAW, 1, 1},
    {"put_nowait(self, item)", put_nowait_method, "Add an item or raise QueueFull.", 0, 0, 0},
    {"join(self, /)", join_method, "Wait until every item was fetched and processed.", NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"task_done(self, /)", task_done_method, "Say that a fetched item was processed.", NATIVE_RAW, 1, 1},
    {"shutdown(self, immediate=False)", shutdown_method, "No more items; waiting calls raise QueueShutDown.", 0, 0, 0},
    {"qsize(self, /)", qsize_method, "Number of items.", NATIVE_RAW, 1, 1},
    {"empty(self, /)", empty_method, NULL, NATIVE_RAW, 1, 1},
    {"full(self, /)", full_method, NULL, NATIVE_RAW, 1, 1},
    {"_init(self, maxsize)", init_part, NULL, 0, 0, 0},
    {"_put(self, item)", put_part, NULL, 0, 0, 0},
    {"_get(self, /)", get_part, NULL, NATIVE_RAW, 1, 1},
    {"__init__(self, maxsize=0)", queue_init, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};
static const GetSetDef queue_getsets[] = {
    {"maxsize", get_maxsize, NULL, "Number of items allowed in the queue."}, {"_maxsize", get_maxsize, NULL, NULL},
    {"_unfinished_tasks", get_unfinished, NULL, NULL}, {"_queue", get_store, set_store, NULL}, {0},
};
static const NativeDef derived_methods[] = {{"__init__(self, maxsize=0)", queue_init, NULL, 0, 0, 0}, {0}};
const TypeDef queue_def = {
    .name = "asyncio.queues.Queue", .kind = KIND_OTHER, .size = sizeof(Queue), .ops = &queue_ops,
        .methods = queue_methods,
    .getsets = queue_getsets, .make = {"Queue(cls, maxsize=0)", queue_make, NULL, 0, 0, 0},
    .doc = "A queue for tasks: first in, first out.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
const TypeDef lifo_queue_def = {
    .name = "asyncio.queues.LifoQueue", .kind = KIND_OTHER, .size = sizeof(Queue), .ops = &queue_ops,
        .methods = derived_methods,
    .make = {"LifoQueue(cls, maxsize=0)", queue_make, NULL, 0, 0, 0},
    .doc = "A queue that gives the newest item first.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
const TypeDef priority_queue_def = {
    .name = "asyncio.queues.PriorityQueue", .kind = KIND_OTHER, .size = sizeof(Queue), .ops = &queue_ops,
        .methods = derived_methods,
    .make = {"PriorityQueue(cls, maxsize=0)", queue_make, NULL, 0, 0, 0},
    .doc = "A queue that gives the smallest item first.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
