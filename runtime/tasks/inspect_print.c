// SPDX-License-Identifier: MIT
//
// The listings of aiolos_write_tasks: a table, and the tree in which a task stands below the one that waits for it.
// A task that several wait for is shown once, below the first; tasks that wait for each other in a ring begin anywhere.

#include "inspect.h"

#include <stdio.h>
#include <string.h>

#include "task.h"
#include "vm/interp/frame.h"

#define MOST_LISTED 1000
#define DEEPEST 24       // levels of the tree
#define TIMERS_SEARCHED 2000

#define NOBODY UINT32_MAX

typedef struct Listing {
    VM *vm;
    EventLoop *loop;
    Out *out;
    TaskGraph graph;
    uint32_t *parent;    // who shows it; NOBODY: a root
    uint32_t now;        // coarse clock
    uint32_t listed;
    char prefix[DEEPEST * 4 + 8];
} Listing;

// ---------------------------------------------------------------- one task

static const char *state_of(const EventLoop *loop, const Task *t, const Wait *w)
{
    return loop->current == t ? "running" : w->what ? "waiting" : "ready";
}

static double age_of(const Listing *l, uint32_t index) { return (l->now - l->loop->records[index].born) / 100.0; }

static void print_time_left(const Listing *l, const Task *t)
{
    const EventLoop *loop = l->loop;
    for (uint32_t i = 0; i < loop->timer_count && loop->timer_count < TIMERS_SEARCHED; i++)
        if (from_object(loop->timers[i].target) == t->waiting) {
            out_format(l->out, ", %.2f s left", loop->timers[i].when - loop_time(l->vm, l->loop));
            return;
        }
}

static void print_what(const Listing *l, const Task *t, const Wait *w, const TaskStack *s)
{
    if (!w->what)
        return;
    print_wait(l->vm, l->out, w, s, NULL);
    if (strcmp(w->what, "sleep") == 0)
        print_time_left(l, t);
}

static void print_summary(const Listing *l)
{
    const EventLoop *loop = l->loop;
    out_format(l->out, "%u task%s, %u ready, %u timer%s\n", loop->task_count, loop->task_count == 1 ? "" : "s",
               loop->ready_count, loop->timer_count, loop->timer_count == 1 ? "" : "s");
}

static void print_left_out(const Listing *l)
{
    if (l->listed < l->loop->task_count)
        out_format(l->out, "... and %u more\n", l->loop->task_count - l->listed);
}

// ---------------------------------------------------------------- the table

static void pad_name(Out *o, Task *t)
{
    size_t width = is_small(t->name) ? (size_t)snprintf(NULL, 0, "'Task-%lld'", (long long)as_small(t->name))
                                     : as_str(t->name)->length + 2;
    print_name(o, t);
    out_format(o, "%*s", width < 20 ? (int)(20 - width) : 1, "");
}

// The innermost frame of the script.
static void print_place(Out *o, const TaskStack *s)
{
    Frame *f = NULL;
    for (uint32_t i = s->count; i-- > 0 && !f;) {
        f = stack_frame(s, i);
        if (f && frame_is_library(f) && i)
            f = NULL;
    }
    if (!f)
        return;
    out_str(o, frame_code(f)->qualname);
    out_text(o, " (");
    out_str(o, frame_code(f)->filename);
    out_format(o, ":%d)  ", frame_line(f));
}

static void print_row(Listing *l, uint32_t index)
{
    Task *t = l->loop->tasks[index];
    TaskStack s;
    Wait w;
    task_stack(l->vm, t, &s);
    task_wait(l->vm, t, &s, &w);
    pad_name(l->out, t);
    out_format(l->out, "%-8s %9.2f %9u  ", state_of(l->loop, t, &w), age_of(l, index), l->loop->records[index].steps);
    print_place(l->out, &s);
    print_what(l, t, &w, &s);
    out_text(l->out, "\n");
    l->listed++;
}

static void print_table(Listing *l)
{
    print_summary(l);
    out_format(l->out, "%-19s %-8s %9s %9s  %s\n", "TASK", "STATE", "AGE, s", "STEPS", "WHERE AND WHAT FOR");
    for (uint32_t i = 0; i < l->loop->task_count && l->listed < MOST_LISTED && !l->out->failed; i++)
        print_row(l, i);
    print_left_out(l);
}

// ---------------------------------------------------------------- the tree

static bool is_shown(const Listing *l, uint32_t index) { return l->parent[index] == index; }

static void print_tree_frames(Listing *l, const TaskStack *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        Frame *f = stack_frame(s, i);
        out_text(l->out, l->prefix);
        if (!f) {
            out_format(l->out, "  [%u frames between]\n", s->count - 2 * STACK_SHOWN);
            i = s->count - STACK_SHOWN - 1;
            continue;
        }
        out_text(l->out, "  ");
        out_str(l->out, frame_code(f)->qualname);
        out_text(l->out, " (");
        out_str(l->out, frame_code(f)->filename);
        out_format(l->out, ":%d)\n", frame_line(f));
    }
}

static void print_head(Listing *l, uint32_t index, TaskStack *s)
{
    Task *t = l->loop->tasks[index];
    Wait w;
    task_stack(l->vm, t, s);
    task_wait(l->vm, t, s, &w);
    print_name(l->out, t);
    out_format(l->out, " %s, age %.2f s, %u step%s", state_of(l->loop, t, &w), age_of(l, index),
               l->loop->records[index].steps, l->loop->records[index].steps == 1 ? "" : "s");
    if (w.what)
        out_text(l->out, ": ");
    print_what(l, t, &w, s);
    out_text(l->out, "\n");
}

static bool is_child(const Listing *l, uint32_t edge, uint32_t index)
{
    return !(edge & GRAPH_HOLDS) && l->parent[edge] == index && !is_shown(l, edge);
}

// The last edge that leads to a child shown below this task; NOBODY: none.
static uint32_t last_child(const Listing *l, uint32_t index)
{
    for (uint32_t e = l->graph.first[index + 1]; e > l->graph.first[index]; e--)
        if (is_child(l, l->graph.edges[e - 1], index))
            return e - 1;
    return NOBODY;
}

static void print_subtree(Listing *l, uint32_t index, int level)
{
    TaskStack s;
    size_t length = strlen(l->prefix);
    l->parent[index] = index; // shown
    l->listed++;
    print_head(l, index, &s);
    uint32_t last = level < DEEPEST ? last_child(l, index) : NOBODY;
    strcpy(l->prefix + length, last == NOBODY ? "" : "|");
    print_tree_frames(l, &s);
    l->prefix[length] = 0;
    for (uint32_t e = l->graph.first[index]; last != NOBODY && e <= last && l->listed < MOST_LISTED; e++) {
        uint32_t child = l->graph.edges[e];
        if (!is_child(l, child, index))
            continue;
        out_text(l->out, l->prefix);
        out_text(l->out, "+-- ");
        strcpy(l->prefix + length, e == last ? "    " : "|   ");
        print_subtree(l, child, level + 1);
        l->prefix[length] = 0;
    }
}

static bool find_parents(Listing *l)
{
    TaskGraph *g = &l->graph;
    if (!graph_build(l->vm, l->loop, g))
        return false;
    l->parent = mem_realloc(l->vm, NULL, 0, ((size_t)g->count + 1) * sizeof *l->parent);
    if (!l->parent)
        return false;
    memset(l->parent, 0xFF, ((size_t)g->count + 1) * sizeof *l->parent);
    for (uint32_t i = 0; i < g->count; i++)
        for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
            if (!(g->edges[e] & GRAPH_HOLDS) && l->parent[g->edges[e]] == NOBODY && g->edges[e] != i)
                l->parent[g->edges[e]] = i;
    return true;
}

static bool print_tree(Listing *l)
{
    bool ok = find_parents(l);
    if (ok)
        print_summary(l);
    // First those nobody waits for; what is left then is in rings or deeper than is shown.
    for (int pass = 0; ok && pass < 2; pass++)
        for (uint32_t i = 0; i < l->graph.count && l->listed < MOST_LISTED && !l->out->failed; i++)
            if (!is_shown(l, i) && (pass || l->parent[i] == NOBODY))
                print_subtree(l, i, 0);
    if (ok)
        print_left_out(l);
    mem_realloc(l->vm, l->parent, l->parent ? ((size_t)l->graph.count + 1) * sizeof *l->parent : 0, 0);
    graph_free(l->vm, &l->graph);
    return ok;
}

// ---------------------------------------------------------------- the door

bool inspect_write(VM *vm, AiolosTaskForm form, Out *o)
{
    Scheduler *s = sched_of(vm);
    EventLoop *loop = s ? s->running : NULL;
    if (!loop) {
        out_text(o, "no event loop is running\n");
        return out_end(o);
    }
    Listing l = {.vm = vm, .loop = loop, .out = o, .now = clock_coarse(vm)};
    bool ok = true;
    if (form == AIOLOS_TASK_TABLE)
        print_table(&l);
    else
        ok = print_tree(&l);
    return out_end(o) && ok;
}
