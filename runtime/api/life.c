// SPDX-License-Identifier: MIT
//
// Opening and closing a VM, entering it from a host's stack, memory figures.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "runtime/loop/schedule.h"

#define STACK_RESERVE ((size_t)256 << 10) // C stack left for what runs below the depth checks
#define STACK_PER_LEVEL ((size_t)24 << 10)
#define NATIVE_LEVELS 200
#define ZEROED_FROM ((size_t)2 << 20) // memory of that size comes from the system in pages of zeros

const char *aiolos_version(void) { return AIOLOS_VERSION; }

void aiolos_config_init(AiolosConfig *config, size_t size)
{
    AiolosConfig c = {.input = {.fd = 0}, .output = {.fd = 1}, .error = {.fd = 2}};
    c.size = size;
    memset(config, 0, size);
    memcpy(config, &c, size < sizeof c ? size : sizeof c);
}

// ---- the C stack

// The lowest address of this thread's stack, and its size.
static char *stack_bounds(char *here, size_t *size)
{
    struct rlimit limit;
    if (getpid() == (pid_t)syscall(SYS_gettid)) { // the main thread's stack grows up to the limit
        *size = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur
                                                                                        : (size_t)8 << 20;
        return here - *size + (*size > (64 << 10) ? 32 << 10 : 0); // arguments and environment lie above
    }
    pthread_attr_t attributes;
    void *low = NULL;
    *size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, size);
        pthread_attr_destroy(&attributes);
    }
    return low;
}

static void set_stack_limits(VM *vm, char *base)
{
    size_t size;
    char *low = stack_bounds(base, &size);
    if (!low) {
        vm->c_stack_limit = NULL;
        return;
    }
    size_t reserve = size > 2 * STACK_RESERVE ? STACK_RESERVE : size / 4;
    vm->c_stack_limit = low + reserve;
    size_t levels = base > vm->c_stack_limit ? (size_t)(base - vm->c_stack_limit) / STACK_PER_LEVEL : 0;
    vm->native_limit = levels > NATIVE_LEVELS ? NATIVE_LEVELS : levels < 16 ? 16 : (uint32_t)levels;
}

void api_enter(VM *vm, char *base)
{
    Host *host = host_of(vm);
    if (host->entered++ > 0)
        return;
    vm->gc.stack_base = base;
    uint64_t thread = (uint64_t)pthread_self();
    if (host->thread != thread) {
        host->thread = thread;
        set_stack_limits(vm, base);
    }
    if (unlikely(host->limits.per_call))
        limits_set(vm, host->limits.instructions, host->limits.seconds);
    vm->roots[HOST_ROOT_ERROR] = VALUE_EMPTY;
    api_free_error(vm);
}

// ---- opening

static void *default_allocate(void *context, void *pointer, size_t old_size, size_t new_size)
{
    (void)context, (void)old_size;
    if (new_size == 0) {
        free(pointer);
        return NULL;
    }
    if (pointer)
        return realloc(pointer, new_size);
    return new_size < ZEROED_FROM ? malloc(new_size) : calloc(1, new_size);
}

// Makes the N-th allocation fail while the VM is being made; afterwards the collector itself counts, every object and
// every buffer.
typedef struct FailingAllocator {
    Allocator inner;
    uint64_t count, fail_at;
    bool fail_from;
} FailingAllocator;

static void *failing_allocate(void *context, void *pointer, size_t old_size, size_t new_size)
{
    FailingAllocator *f = context;
    if (new_size > old_size && f->fail_at) {
        f->count++;
        if (f->count == f->fail_at || (f->fail_from && f->count > f->fail_at))
            return NULL;
    }
    return f->inner.realloc(f->inner.context, pointer, old_size, new_size);
}

static void hash_key(const AiolosConfig *config, uint64_t key[2])
{
    bool given = config->flags & (AIOLOS_HASH_SEED | AIOLOS_SCHEDULE_SEED);
    key[0] = config->flags & AIOLOS_HASH_SEED ? config->hash_seed : config->schedule_seed;
    key[1] = key[0] ^ UINT64_C(0x9E3779B97F4A7C15);
    if (!given && !sys_entropy(NULL, key, 2 * sizeof *key))
        key[0] ^= (uint64_t)(uintptr_t)&key;
}

static VM *make_vm(const AiolosConfig *config)
{
    Allocator allocator = {config->allocate ? config->allocate : default_allocate, config->allocate_context,
                           config->allocate ? 0 : ZEROED_FROM};
    FailingAllocator failing = {allocator, 0, config->fail_allocation, config->fail_all_later};
    uint64_t key[2];
    hash_key(config, key);
    if (!config->fail_allocation)
        return vm_new(&allocator, config->limits.memory, NULL, key);
    VM *vm = vm_new(&(Allocator){failing_allocate, &failing, 0}, config->limits.memory, NULL, key);
    if (!vm)
        return NULL;
    vm->gc.allocator = allocator;
    if (failing.count < failing.fail_at)
        gc_fail_cells(vm, failing.fail_at - failing.count, failing.fail_from);
    return vm;
}

static Host *make_host(VM *vm, const AiolosConfig *config)
{
    Host *host = mem_realloc(vm, NULL, 0, sizeof *host);
    if (!host)
        return NULL;
    memset(host, 0, sizeof *host);
    host->vm = vm;
    host->streams[0] = config->input;
    host->streams[1] = config->output;
    host->streams[2] = config->error;
    host->flags = config->flags;
    host->user = config->user;
    host->attend = config->attend;
    host->entropy_seed = ~config->schedule_seed;
    clock_init(&host->clock, config);
    vm->host = host;
    if (config->flags & AIOLOS_SCHEDULE_SEED && !(host->schedule = schedule_new(vm, config->schedule_seed)))
        return NULL;
    return host;
}

static void free_vm(VM *vm)
{
    Host *host = host_of(vm);
    if (host) {
        host->finished = true;
        api_free_error(vm);
        for (size_t i = 0; i < host->unawaited_count; i++)
            mem_realloc(vm, host->unawaited[i], strlen(host->unawaited[i]) + 1, 0);
        mem_realloc(vm, host->unawaited, host->unawaited_capacity * sizeof *host->unawaited, 0);
        schedule_free(vm, host->schedule);
    }
    while (vm->pins) {
        Pin *next = vm->pins->next;
        mem_realloc(vm, vm->pins, sizeof *vm->pins, 0);
        vm->pins = next;
    }
    vm->hooks = (VMHooks){0};
    // Files write what they still hold when the heap goes, and need the host for that.
    vm->gc.busy = true;
    gc_heap_free(vm);
    vm->host = NULL;
    if (host && host->wake_fd)
        close(host->wake_fd - 1);
    mem_realloc(vm, host, host ? sizeof *host : 0, 0);
    vm_free(vm);
}

AiolosVM *aiolos_open(const AiolosConfig *given)
{
    AiolosConfig config;
    aiolos_config_init(&config, sizeof config);
    if (given)
        memcpy(&config, given, given->size < sizeof config ? given->size : sizeof config);
    VM *vm = make_vm(&config);
    if (!vm)
        return NULL;
    if (!make_host(vm, &config)) {
        free_vm(vm);
        return NULL;
    }
    ENTER(vm);
    bool ok = host_start(vm, &config) && sys_set_faults(vm, config.fail_call);
    if (ok && config.flags & AIOLOS_GC_STRESS)
        vm->gc.stress = true;
    if (ok)
        api_set_limits(vm, &config.limits);
    api_leave(vm);
    if (!ok) {
        free_vm(vm);
        return NULL;
    }
    return outside(vm);
}

bool aiolos_close(AiolosVM *handle)
{
    if (!handle)
        return true;
    VM *vm = inside(handle);
    ENTER(vm);
    host_finish(vm);
    bool ok = !host_of(vm)->output_failed;
    api_leave(vm);
    free_vm(vm);
    return ok;
}

void *aiolos_user(AiolosVM *vm) { return host_of(inside(vm))->user; }
void aiolos_interrupt(AiolosVM *vm)
{
    vm_request_attention(inside(vm), ATTENTION_INTERRUPT);
    sys_wake(inside(vm));
}

// ---- memory

size_t aiolos_collect(AiolosVM *handle)
{
    VM *vm = inside(handle);
    ENTER(vm);
    size_t freed = gc_collect(vm);
    gc_run_finalizers(vm);
    api_leave(vm);
    return freed;
}

_Static_assert(AIOLOS_PAUSES == GC_PAUSES, "one list of pauses");

void aiolos_statistics(AiolosVM *handle, AiolosStatistics *out)
{
    Gc *gc = &inside(handle)->gc;
    *out = (AiolosStatistics){
        .bytes = gc->bytes,
        .peak_bytes = gc->peak,
        .live_bytes = gc->live,
        .collections = gc->collections,
        .allocations = gc->allocations,
        .longest_pause = gc->longest_pause,
    };
    memcpy(out->pauses, gc->pauses, sizeof out->pauses);
}

bool aiolos_flush(AiolosVM *handle)
{
    VM *vm = inside(handle);
    ENTER(vm);
    LimitPause pause = api_pause(vm);
    bool ok = host_flush(vm);
    api_resume(vm, pause);
    api_leave(vm);
    return ok;
}
