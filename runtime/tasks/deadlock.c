// SPDX-License-Identifier: MIT
//
// DeadlockError: a loop that nothing can wake ends with a report instead of hanging. The report names every waiting
// task, where it waits, for what, and who holds that; rings of tasks that wait for each other are drawn.
//
// Before the verdict everything unreachable is collected: a finalizer may set the very event that is waited for.

#include "deadlock.h"

#include "inspect.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"
#include "vm/types/container.h"

#define MOST_LISTED 100
#define MOST_RINGS 5
#define LONGEST_RING 20

typedef struct Report {
    VM *vm;
    EventLoop *loop;
    Out out;
    StrBuilder text;
    ObjectNumbers numbers;
} Report;

static bool to_builder(void *context, const char *text, size_t size) { return builder_add(context, text, size); }

static void describe(Report *r, Task *t, bool frames)
{
    TaskStack s;
    Wait w;
    task_stack(r->vm, t, &s);
    task_wait(r->vm, t, &s, &w);
    out_text(&r->out, "task ");
    print_name(&r->out, t);
    out_text(&r->out, " waits for ");
    if (w.what)
        print_wait(r->vm, &r->out, &w, &s, &r->numbers);
    else
        out_text(&r->out, "nothing");
    if (!frames)
        return;
    out_text(&r->out, "\n");
    print_frames(&r->out, &s, 4);
}

static void list_tasks(Report *r)
{
    uint32_t count = r->loop->task_count;
    for (uint32_t i = 0; i < count && i < MOST_LISTED; i++) {
        out_text(&r->out, "  ");
        describe(r, r->loop->tasks[i], true);
    }
    if (count > MOST_LISTED)
        out_format(&r->out, "  ... and %u more\n", count - MOST_LISTED);
}

// ---------------------------------------------------------------- rings

// Depth-first, without recursion: `path` is the chain of tasks from a root to where the search stands.
typedef struct Search {
    TaskGraph graph;
    uint32_t *edge;     // by task: the next edge to follow
    uint32_t *path;
    uint8_t *state;     // by task
    uint32_t depth, rings;
} Search;
enum { UNSEEN, ON_PATH, FINISHED };

static void draw_ring(Report *r, const uint32_t *ring, uint32_t length)
{
    out_text(&r->out, "  a ring:\n");
    for (uint32_t i = 0; i < length; i++) {
        if (i >= LONGEST_RING && i + 1 < length) {
            if (i == LONGEST_RING)
                out_format(&r->out, "    |   ... %u more\n", length - 1 - LONGEST_RING);
            continue;
        }
        out_text(&r->out, length == 1 ? "    --> " : i == 0 ? "    +-> " : i + 1 < length ? "    |   " : "    +-- ");
        describe(r, r->loop->tasks[ring[i]], false);
        out_text(&r->out, "\n");
    }
}

static void found_ring(Report *r, Search *s, uint32_t task)
{
    uint32_t start = s->depth;
    while (s->path[start - 1] != task)
        start--;
    if (s->rings++ < MOST_RINGS)
        draw_ring(r, s->path + start - 1, s->depth - start + 1);
}

static void enter(Search *s, uint32_t task)
{
    s->state[task] = ON_PATH;
    s->edge[task] = s->graph.first[task];
    s->path[s->depth++] = task;
}

static void search_from(Report *r, Search *s, uint32_t root)
{
    enter(s, root);
    while (s->depth) {
        uint32_t task = s->path[s->depth - 1];
        if (s->edge[task] == s->graph.first[task + 1]) {
            s->state[task] = FINISHED;
            s->depth--;
            continue;
        }
        uint32_t next = s->graph.edges[s->edge[task]++] & ~GRAPH_HOLDS;
        if (s->state[next] == UNSEEN)
            enter(s, next);
        else if (s->state[next] == ON_PATH)
            found_ring(r, s, next);
    }
}

static void find_rings(Report *r)
{
    VM *vm = r->vm;
    Search s = {0};
    if (!graph_build(vm, r->loop, &s.graph))
        return;
    size_t count = s.graph.count, bytes = (count + 1) * (2 * sizeof(uint32_t) + 1);
    s.edge = mem_realloc(vm, NULL, 0, bytes);
    if (s.edge) {
        s.path = s.edge + count + 1;
        s.state = (uint8_t *)(s.path + count + 1);
        memset(s.state, UNSEEN, count + 1);
        for (uint32_t i = 0; i < count; i++)
            if (s.state[i] == UNSEEN)
                search_from(r, &s, i);
        if (s.rings > MOST_RINGS)
            out_format(&r->out, "  and %u more rings\n", s.rings - MOST_RINGS);
    }
    mem_realloc(vm, s.edge, s.edge ? bytes : 0, 0);
    graph_free(vm, &s.graph);
}

// ---------------------------------------------------------------- the verdict

static Str *report_text(VM *vm, EventLoop *loop)
{
    Report r = {.vm = vm, .loop = loop};
    builder_init(&r.text, vm);
    r.out.write = to_builder;
    r.out.context = &r.text;
    uint32_t count = loop->task_count;
    if (count)
        out_format(&r.out, "nothing can wake the loop any more, and %u task%s:\n", count, count == 1 ? " waits"
            : "s wait");
    else
        out_text(&r.out, "nothing can wake the loop any more; it has no task");
    list_tasks(&r);
    find_rings(&r);
    if (r.out.used && r.out.buffer[r.out.used - 1] == '\n')
        r.out.used--;
    return out_end(&r.out) ? builder_finish(&r.text) : NULL;
}

// What calls that are over have left above the registers in use would keep objects alive.
static void forget_calls(VM *vm)
{
    Value *top = frame_top(vm, vm->frame), *end = vm->segment->words + vm->segment->capacity;
    if (top >= vm->segment->words && top <= end)
        memset(top, 0, (size_t)(end - top > 256 ? 256 : end - top) * sizeof *top);
}

bool deadlock_check(VM *vm, EventLoop *loop)
{
    forget_calls(vm);
    gc_collect(vm);
    gc_run_finalizers(vm);
    if (vm->error)
        return false;
    if (loop->ready_count || loop->stopping || (loop->timer_count && !clock_never(vm, loop->timers[0].when)))
        return true;
    Value text = from_object(report_text(vm, loop));
    Value e = text ? exception_new(vm, sched_of(vm)->deadlock_error, &text, 1) : VALUE_EMPTY;
    if (!e)
        return vm->error ? false : (raise_memory(vm), false);
    loop->deadlocked = true;
    raise_value_of(vm, e);
    return false;
}
