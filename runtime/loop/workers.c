// SPDX-License-Identifier: MIT
//
// The worker threads of a loop. The pool's lock guards the two queues and `backend`; everything else belongs to the
// VM's thread. The pool itself is counted: the loop and each thread hold it.

#include "workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "ev_adapter.h"
#include "loop.h"

#define MOST_THREADS 4
#define THREAD_STACK (512 * 1024)

typedef struct Queue {
    Job *first, **last;
} Queue;

struct Workers {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    Queue waiting, done;
    Backend *backend; // to be woken; NULL: the loop has gone
    int users;        // threads, and the loop
    int threads, idle;
    Job *jobs;     // handed over and not finished: the loop's thread alone
    uint32_t busy; // ... how many
};

Backend *loop_backend(VM *vm, EventLoop *loop);

void *job_alloc(size_t size) { return calloc(1, size); }

static void queue_init(Queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_add(Queue *q, Job *job)
{
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
}

static Job *queue_take(Queue *q)
{
    Job *job = q->first;
    if (job && !(q->first = job->next))
        q->last = &q->first;
    return job;
}

// ---------------------------------------------------------------- threads

// Called with the lock held; lets go of it.
static void leave(Workers *pool)
{
    bool last = --pool->users == 0;
    pthread_mutex_unlock(&pool->lock);
    if (!last)
        return;
    pthread_cond_destroy(&pool->wanted);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void *thread_main(void *argument)
{
    Workers *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (pool->backend) {
        Job *job = queue_take(&pool->waiting);
        if (!job) {
            pool->idle++;
            pthread_cond_wait(&pool->wanted, &pool->lock);
            pool->idle--;
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        job->work(job);
        pthread_mutex_lock(&pool->lock);
        if (pool->backend) {
            queue_add(&pool->done, job);
            backend_wake(pool->backend);
        } else {
            job->discard(job);
        }
    }
    leave(pool);
    return NULL;
}

// One more thread, which takes no signal. False when there is none to be had and none at all.
static bool add_thread(Workers *pool)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&attributes))
        return pool->threads > 0;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool made = pthread_create(&thread, &attributes, thread_main, pool) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    pool->threads += made;
    pool->users += made;
    return pool->threads > 0;
}

// ---------------------------------------------------------------- the loop's side

static Workers *pool_of(VM *vm, EventLoop *loop)
{
    Backend *b = loop_check_open(vm, loop) ? loop_backend(vm, loop) : NULL;
    if (!b || loop->workers)
        return b ? loop->workers : NULL;
    Workers *pool = calloc(1, sizeof *pool);
    if (!pool)
        return (raise_memory(vm), NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wanted, NULL);
    queue_init(&pool->waiting);
    queue_init(&pool->done);
    pool->backend = b;
    pool->users = 1;
    return loop->workers = pool;
}

static void list_add(VM *vm, Workers *pool, Job *job, Value kept)
{
    job->pool = pool;
    job->kept = kept;
    job->newer = NULL;
    if ((job->older = pool->jobs))
        job->older->newer = job;
    pool->jobs = job;
    pool->busy++;
    gc_shade(vm, kept);
}

static void list_remove(Workers *pool, Job *job)
{
    if (job->older)
        job->older->newer = job->newer;
    if (job->newer)
        job->newer->older = job->older;
    else
        pool->jobs = job->older;
    pool->busy--;
}

bool workers_submit(VM *vm, EventLoop *loop, Job *job, Value kept)
{
    Workers *pool = pool_of(vm, loop);
    bool ok = pool != NULL;
    if (ok) {
        pthread_mutex_lock(&pool->lock);
        ok = pool->idle > 0 || pool->threads >= MOST_THREADS || add_thread(pool);
        pthread_mutex_unlock(&pool->lock);
        if (!ok)
            raise_runtime(vm, "can't start new thread");
    }
    if (!ok) {
        job->discard(job);
        return false;
    }
    list_add(vm, pool, job, kept);
    pthread_mutex_lock(&pool->lock);
    queue_add(&pool->waiting, job);
    pthread_cond_signal(&pool->wanted);
    pthread_mutex_unlock(&pool->lock);
    return true;
}

bool workers_collect(VM *vm, Workers *pool)
{
    bool ok = true;
    while (ok && pool && pool->busy) {
        pthread_mutex_lock(&pool->lock);
        Job *job = queue_take(&pool->done);
        pthread_mutex_unlock(&pool->lock);
        if (!job)
            break;
        ok = job->finish(vm, job);
        list_remove(pool, job);
        job->discard(job);
    }
    return ok;
}

uint32_t workers_busy(const Workers *pool) { return pool ? pool->busy : 0; }

void workers_mark(Gc *gc, Workers *pool)
{
    for (Job *job = pool ? pool->jobs : NULL; job; job = job->older)
        gc_mark(gc, job->kept);
}

void workers_close(Workers *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->backend = NULL;
    for (Job *job; (job = queue_take(&pool->waiting)) || (job = queue_take(&pool->done));)
        job->discard(job);
    pthread_cond_broadcast(&pool->wanted);
    leave(pool);
}
