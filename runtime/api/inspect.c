// SPDX-License-Identifier: MIT
//
// Looking inside a VM that runs: requests from other threads or signal handlers, and the listings of its tasks.

#include <errno.h>

#include "api.h"
#include "runtime/tasks/inspect.h"

void aiolos_request(AiolosVM *handle)
{
    VM *vm = inside(handle);
    Host *host = host_of(vm);
    atomic_store(&host->attend_wanted, true);
    vm_request_attention(vm, ATTENTION_POLL);
    sys_wake(vm);
}

void host_attend(VM *vm)
{
    Host *host = host_of(vm);
    int saved = errno;
    if (atomic_exchange(&host->attend_wanted, false) && host->attend)
        host->attend(outside(vm), host->user);
    errno = saved;
}

bool aiolos_write_tasks(AiolosVM *handle, AiolosTaskForm form,
                        bool (*write)(void *context, const char *text, size_t size), void *context)
{
    VM *vm = inside(handle);
    Out out = {.write = write, .context = context};
    ENTER(vm);
    bool ok = inspect_write(vm, form, &out);
    api_leave(vm);
    return ok;
}

void aiolos_waker_add(AiolosVM *vm) { waker_add(inside(vm)); }

void aiolos_waker_remove(AiolosVM *handle)
{
    VM *vm = inside(handle);
    waker_remove(vm);
    sys_wake(vm); // it may have been the last one
}
