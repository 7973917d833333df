// SPDX-License-Identifier: MIT
//
// Looking into a running command: Ctrl-\ prints the tree of its tasks; `aiolos ps PID` and `aiolos pstree PID` ask for
// the tasks of another process.
//
// The asking side listens on an abstract socket and queues SIGURG with a number; the socket's name is made of its
// process id and that number. SIGURG is ignored by a process that has no handler for it, and is sent only to one that
// runs this program (an ELF section says so) and has one. The asked side answers at its next safepoint, to a listener
// of its own user or root; writing to one that does not read is given up after a second.

#define _GNU_SOURCE
#include "cli.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MARK ".note.aiolos"
#define ASK_SIGNAL SIGURG
#define ANSWER_SECONDS 5
#define TREE_BIT 1 // of the number that is sent

static const char mark[] __attribute__((section(MARK), used)) = "Aiolos command";

// What signal handlers leave for the next safepoint.
static atomic_bool tree_wanted;
static _Atomic uint64_t asked; // process << 32 | number; 0: nobody

// ---------------------------------------------------------------- the socket both sides know

static socklen_t socket_name(struct sockaddr_un *name, uint32_t process, uint32_t number)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(name->sun_path + 1, sizeof name->sun_path - 1, "aiolos-ps-%u-%u", process, number);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static bool peer_of(int fd, struct ucred *peer)
{
    socklen_t size = sizeof *peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &size) == 0;
}

// ---------------------------------------------------------------- the asked side

static bool to_socket(void *context, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = send(*(int *)context, text, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        size -= (size_t)n;
    }
    return true;
}

static bool to_error_output(void *context, const char *text, size_t size)
{
    (void)context;
    while (size > 0) {
        ssize_t n = write(2, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        size -= (size_t)n;
    }
    return true;
}

static void answer(AiolosVM *vm, uint32_t process, uint32_t number)
{
    struct sockaddr_un name;
    struct ucred peer;
    socklen_t size = socket_name(&name, process, number);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = 1}, sizeof(struct timeval));
    if (connect(fd, (struct sockaddr *)&name, size) == 0 && peer_of(fd, &peer) &&
        (peer.uid == geteuid() || peer.uid == 0))
        aiolos_write_tasks(vm, number & TREE_BIT ? AIOLOS_TASK_TREE : AIOLOS_TASK_TABLE, to_socket, &fd);
    close(fd);
}

void inspect_attend(AiolosVM *vm, void *user)
{
    (void)user;
    int saved = errno;
    if (atomic_exchange(&tree_wanted, false))
        aiolos_write_tasks(vm, AIOLOS_TASK_TREE, to_error_output, NULL);
    uint64_t request = atomic_exchange(&asked, 0);
    if (request)
        answer(vm, (uint32_t)(request >> 32), (uint32_t)request);
    errno = saved;
}

void inspect_want_tree(void) { atomic_store(&tree_wanted, true); }

bool inspect_want_answer(const siginfo_t *info)
{
    if (info->si_code != SI_QUEUE)
        return false;
    atomic_store(&asked, (uint64_t)(uint32_t)info->si_pid << 32 | (uint32_t)info->si_value.sival_int);
    return true;
}

// ---------------------------------------------------------------- whom to ask

// Whether an ELF image has the section that marks this program.
static bool has_mark(const char *image, size_t size)
{
    const Elf64_Ehdr *e = (const Elf64_Ehdr *)(const void *)image;
    if (size < sizeof *e || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 || e->e_ident[EI_CLASS] != ELFCLASS64 ||
        e->e_shoff > size || (size - e->e_shoff) / sizeof(Elf64_Shdr) < e->e_shnum || e->e_shstrndx >= e->e_shnum)
        return false;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(const void *)(image + e->e_shoff);
    const Elf64_Shdr *names = &sections[e->e_shstrndx];
    for (unsigned i = 0; i < e->e_shnum; i++) {
        size_t at = names->sh_offset + sections[i].sh_name;
        if (at < size && size - at >= sizeof MARK && memcmp(image + at, MARK, sizeof MARK) == 0)
            return true;
    }
    return false;
}

static bool is_aiolos(const char *process)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%s/exe", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0) {
        close(fd);
        return false;
    }
    void *image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    bool is = image != MAP_FAILED && has_mark(image, (size_t)st.st_size);
    if (image != MAP_FAILED)
        munmap(image, (size_t)st.st_size);
    close(fd);
    return is;
}

// Whether the process has a handler for the signal.
static bool handles_signal(const char *process)
{
    char path[64];
    size_t size;
    snprintf(path, sizeof path, "/proc/%s/status", process);
    char *text = read_path(path, &size);
    const char *line = text ? strstr(text, "\nSigCgt:") : NULL;
    bool handles = line && strtoull(line + 8, NULL, 16) >> (ASK_SIGNAL - 1) & 1;
    free(text);
    return handles;
}

// ---------------------------------------------------------------- asking

static int fail(const char *process, const char *why)
{
    fprintf(stderr, "aiolos: process %s %s\n", process, why);
    return 1;
}

static bool send_question(int process_fd, uint32_t number)
{
    siginfo_t info = {.si_signo = ASK_SIGNAL, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = (int)number;
    return syscall(SYS_pidfd_send_signal, process_fd, ASK_SIGNAL, &info, 0) == 0;
}

static bool ready(int fd) { return poll(&(struct pollfd){fd, POLLIN, 0}, 1, ANSWER_SECONDS * 1000) > 0; }

// Copies the answer to standard output. False: it broke off.
static bool copy_answer(int fd)
{
    char text[8192];
    ssize_t n = -1;
    while (ready(fd) && (n = read(fd, text, sizeof text)) > 0)
        fwrite(text, 1, (size_t)n, stdout);
    fflush(stdout);
    return n == 0;
}

static int take_answer(int listener, const char *process)
{
    struct ucred peer;
    while (ready(listener)) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        bool right = fd >= 0 && peer_of(fd, &peer) && peer.pid == (pid_t)atoll(process);
        bool whole = right && copy_answer(fd);
        close(fd);
        if (right)
            return whole ? 0 : fail(process, "broke off its answer");
    }
    return fail(process, "does not answer: it does not run a script, or is inside one long call");
}

int inspect_process(const char *process, bool tree)
{
    struct sockaddr_un name;
    uint32_t number = 0;
    int process_fd = (int)syscall(SYS_pidfd_open, (pid_t)atoll(process), 0); // it stays the one that is checked here
    if (process_fd < 0)
        return fail(process, errno == ESRCH ? "does not exist" : strerror(errno));
    if (!is_aiolos(process) || !handles_signal(process)) {
        close(process_fd);
        return fail(process, "does not run the aiolos command, or is another user's");
    }
    if (syscall(SYS_getrandom, &number, sizeof number, 0) != sizeof number)
        number = (uint32_t)getpid();
    number = (number & ~(uint32_t)TREE_BIT) | (tree ? TREE_BIT : 0);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = socket_name(&name, (uint32_t)getpid(), number);
    int status = 1;
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, size) < 0 || listen(listener, 4) < 0)
        perror("aiolos: socket");
    else if (!send_question(process_fd, number))
        status = fail(process, strerror(errno));
    else
        status = take_answer(listener, process);
    close(listener);
    close(process_fd);
    return status;
}
