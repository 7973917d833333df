// SPDX-License-Identifier: MIT
//
// The `errno` module: the error numbers of the system by name, and errorcode, the way back.

#include <errno.h>

#include "vm/core/native.h"

typedef struct ErrorName {
    const char *name;
    int number;
} ErrorName;

#define E(name) {#name, name}

// Where two names share a number, errorcode shows the one that comes last.
static const ErrorName names[] = {
    E(ENODEV), E(ENOCSI), E(EHOSTUNREACH), E(ENOMSG), E(EUCLEAN), E(EL2NSYNC), E(EL2HLT), E(ENODATA), E(ENOTBLK),
    E(ENOSYS), E(EPIPE), E(EINVAL), E(EOVERFLOW), E(EADV), E(EINTR), E(EUSERS), E(ENOTEMPTY), E(ENOBUFS), E(EPROTO),
    E(EREMOTE), E(ENAVAIL), E(ECHILD), E(ELOOP), E(EXDEV), E(E2BIG), E(ESRCH), E(EMSGSIZE), E(EAFNOSUPPORT), E(EBADR),
    E(EHOSTDOWN), E(EPFNOSUPPORT), E(ENOPROTOOPT), E(EBUSY), E(EWOULDBLOCK), E(EAGAIN), E(EBADFD), E(EDOTDOT),
    E(EISCONN), E(ENOTCONN), E(ESHUTDOWN), E(ENONET), E(EBADE), E(EBADF), E(EMULTIHOP), E(EIO), E(EUNATCH),
    E(EPROTOTYPE), E(ENOSPC), E(ENOEXEC), E(EALREADY), E(ENETDOWN), E(ENOTNAM), E(EACCES), E(ELNRNG), E(EILSEQ),
    E(ENOTDIR), E(ENOTUNIQ), E(EPERM), E(EDOM), E(EXFULL), E(ECONNREFUSED), E(EISDIR), E(EPROTONOSUPPORT), E(EROFS),
    E(EADDRNOTAVAIL), E(EIDRM), E(ECOMM), E(ESRMNT), E(EREMOTEIO), E(EL3RST), E(EBADMSG), E(ENFILE), E(ELIBMAX),
    E(ESPIPE), E(ENOLINK), E(ENETRESET), E(ETIMEDOUT), E(ENOENT), E(EEXIST), E(EDQUOT), E(ENOSTR), E(EBADSLT),
    E(EBADRQC), E(ELIBACC), E(EFAULT), E(EFBIG), E(EDEADLK), E(EDEADLOCK), E(EOPNOTSUPP), E(ENOTSUP), E(EDESTADDRREQ),
    E(ELIBSCN), E(ENOLCK), E(EISNAM), E(ECONNABORTED), E(ENETUNREACH), E(ESTALE), E(ENOSR), E(ENOMEM), E(ENOTSOCK),
    E(ESTRPIPE), E(EMLINK), E(ERANGE), E(ELIBEXEC), E(EL3HLT), E(ECONNRESET), E(EADDRINUSE), E(EREMCHG),
    E(ENAMETOOLONG), E(ENOTTY), E(ERESTART), E(ESOCKTNOSUPPORT), E(ETIME), E(EBFONT), E(ETOOMANYREFS), E(EMFILE),
    E(ETXTBSY), E(EINPROGRESS), E(ENXIO), E(ELIBBAD), E(ECANCELED), E(EKEYEXPIRED), E(EKEYREJECTED), E(EKEYREVOKED),
    E(EMEDIUMTYPE), E(ENOKEY), E(ENOMEDIUM), E(ENOTRECOVERABLE), E(EOWNERDEAD), E(ERFKILL), E(EHWPOISON), E(ENOANO),
    E(ENOPKG), E(ECHRNG),
};

static bool errno_init(VM *vm, Module *module)
{
    Dict *codes = dict_new(vm, 160);
    if (!codes)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Str *name = str_intern_text(vm, names[i].name, strlen(names[i].name));
        if (!name || !dict_set_str(vm, module->dict, name, from_small(names[i].number)) ||
            !dict_set(vm, codes, from_small(names[i].number), from_object(name)))
            return false;
    }
    return module_set(vm, module, "errorcode", from_object(codes));
}

const ModuleDef errno_module = {
    .name = "errno",
    .doc = "Error numbers of the system, and errorcode, a dictionary from number to name.",
    .init = errno_init,
};
