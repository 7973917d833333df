// SPDX-License-Identifier: MIT
//
// Workers: a few threads for calls that block and need nothing of the VM (name look-ups, whole files). A Job is made
// and finished in the VM's thread; only `work` runs on a worker, and it touches the job alone.
//
// A pool belongs to one loop and is made at its first job. When the loop is closed the threads are told to end; a call
// that still blocks then is left behind: its thread gives the job's memory back when it returns. Jobs are therefore
// in memory of the C library, not of the VM.
#ifndef AIOLOS_RUNTIME_WORKERS_H
#define AIOLOS_RUNTIME_WORKERS_H

#include "vm/core/vm.h"

struct EventLoop;
typedef struct Workers Workers;
typedef struct Job Job;

struct Job {
    Job *next;
    Workers *pool;
    Job *newer, *older;               // all jobs of the pool that are not finished
    Value kept;                       // alive meanwhile: the future that gets the result
    void (*work)(Job *job);           // on a worker thread
    bool (*finish)(VM *vm, Job *job); // in the VM's thread, at a turn of the loop. False: error pending
    void (*discard)(Job *job);        // frees the job, on any thread: after finish, or when the loop has gone
};

void *job_alloc(size_t size); // zero-filled; NULL: no memory. To be freed with free() by discard
// Hands a job over; `kept` lives until it is finished. The job belongs to the pool from now on, also on failure, where
// it is discarded. False: error pending.
bool workers_submit(VM *vm, struct EventLoop *loop, Job *job, Value kept);
bool workers_collect(VM *vm, Workers *pool); // finishes what is done. NULL: nothing. False: error pending
uint32_t workers_busy(const Workers *pool);  // jobs not finished yet
void workers_close(Workers *pool);           // NULL: nothing
void workers_mark(Gc *gc, Workers *pool);

#endif
