// SPDX-License-Identifier: MIT
//
// The aiolos command. Exit statuses are CPython's: 0, 1 after a traceback, 2 for a wrong command line or a missing
// file, what sys.exit asks for, 120 when standard output cannot be written; an uncaught KeyboardInterrupt ends the
// process by SIGINT, so that a shell sees it.

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// With prompt_reading the only global state: a signal handler gets no argument.
static AiolosVM *volatile interrupt_target;

static void on_interrupt(int number)
{
    (void)number;
    AiolosVM *vm = interrupt_target;
    if (prompt_reading)
        prompt_interrupted = 1;
    else if (vm)
        aiolos_interrupt(vm);
}

// SIGQUIT (Ctrl-\\) and what `aiolos ps` sends.
static void on_look(int number, siginfo_t *info, void *context)
{
    (void)context;
    AiolosVM *vm = interrupt_target;
    if (number == SIGQUIT)
        inspect_want_tree();
    else if (!inspect_want_answer(info))
        return;
    if (vm)
        aiolos_request(vm);
}

static void set_signals(void)
{
    struct sigaction action = {0}, old;
    signal(SIGPIPE, SIG_IGN);
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
    action.sa_sigaction = on_look;
    action.sa_flags = SA_SIGINFO;
    if (sigaction(SIGQUIT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(SIGQUIT, &action, NULL);
    sigaction(SIGURG, &action, NULL);
}

static int die_of_interrupt(void)
{
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
    return 130;
}

// ---- listings and checks

static bool write_out(void *context, const char *text, size_t size)
{
    return fwrite(text, 1, size, context) == size;
}

static int list_file(AiolosVM *vm, CliMode mode, const char *path)
{
    size_t size;
    char *text = strcmp(path, "-") == 0 ? read_all(0, &size) : read_path(path, &size);
    if (!text) {
        fprintf(stderr, "aiolos: can't open file '%s': [Errno %d] %s\n", path, errno, strerror(errno));
        return 2;
    }
    AiolosStatus result;
    if (mode == MODE_CHECK)
        result = aiolos_check(vm, text, size, path);
    else
        result = aiolos_dump(vm,
                             mode == MODE_TOKENS ? AIOLOS_DUMP_TOKENS
                             : mode == MODE_AST  ? AIOLOS_DUMP_AST
                                                 : AIOLOS_DUMP_CODE,
                             text, size, path, write_out, stdout);
    free(text);
    fflush(stdout);
    if (result == AIOLOS_OK)
        return 0;
    fputs(aiolos_error(vm), stderr);
    return 1;
}

static int list_files(AiolosVM *vm, const Options *o)
{
    for (int i = 0; i < o->rest_count; i++) {
        int status = list_file(vm, o->mode, o->rest[i]);
        if (status)
            return status;
    }
    return 0;
}

// ---- programs

// The text of an exception without its class: what follows "aiolos: can't open file".
static void say_cannot_open(AiolosVM *vm, const Options *o)
{
    const char *text = aiolos_error(vm);
    const char *line = strrchr(text, '\n');
    while (line > text && line[-1] != '\n')
        line--;
    const char *message = line ? strstr(line, ": ") : NULL;
    message = message ? message + 2 : text;
    const char *name = strchr(message, ':');
    if (o->mode == MODE_FILE && strncmp(message, "[Errno ", 7) == 0 && name) {
        int length = (int)(strcspn(name + 2, "\n"));
        fprintf(stderr, "aiolos: can't open file %.*s: %.*s\n", length, name + 2, (int)(name - message), message);
    } else {
        fprintf(stderr, "aiolos: %s", message);
    }
}

static AiolosStatus run_stdin(AiolosVM *vm)
{
    size_t size;
    char *text = read_all(0, &size);
    AiolosValue *name = aiolos_str(vm, "<stdin>", 7);
    aiolos_set_global(vm, "__file__", name);
    aiolos_release(vm, name);
    AiolosStatus result = aiolos_run_source(vm, text ? text : "", text ? size : 0, "<stdin>");
    free(text);
    return result;
}

static AiolosStatus run_subject(AiolosVM *vm, const Options *o)
{
    char here[4096];
    switch (o->mode) {
    case MODE_COMMAND:
        if (!o->isolated)
            aiolos_path_insert(vm, "");
        return aiolos_run_source(vm, o->subject, strlen(o->subject), "<string>");
    case MODE_MODULE:
        if (!o->isolated && getcwd(here, sizeof here))
            aiolos_path_insert(vm, here);
        return aiolos_run_module(vm, o->subject);
    case MODE_FILE:
        return aiolos_run_file(vm, o->subject);
    default:
        if (!o->isolated)
            aiolos_path_insert(vm, "");
        return run_stdin(vm);
    }
}

static int run(AiolosVM *vm, const Options *o, bool *interrupted)
{
    bool terminal = o->mode == MODE_STDIN && (o->interactive || (isatty(0) && !o->subject));
    int status = 0;
    *interrupted = false;
    if (terminal) {
        aiolos_path_insert(vm, "");
        return prompt_run(vm, o, interrupted);
    }
    AiolosStatus result = run_subject(vm, o);
    if (result == AIOLOS_CANNOT_OPEN) {
        say_cannot_open(vm, o);
        return o->mode == MODE_FILE ? 2 : 1;
    }
    if (result == AIOLOS_ERROR)
        status = aiolos_report(vm, interrupted);
    return o->interactive ? prompt_run(vm, o, interrupted) : status;
}

// sys.argv
static const char **make_argv(const Options *o, int *count)
{
    const char **argv = calloc((size_t)o->rest_count + 2, sizeof *argv);
    if (!argv)
        return NULL;
    argv[0] = o->mode == MODE_COMMAND ? "-c" : o->mode == MODE_MODULE ? "-m" : o->subject ? o->subject : "";
    for (int i = 0; i < o->rest_count; i++)
        argv[i + 1] = o->rest[i];
    *count = o->rest_count + 1;
    return argv;
}

static void closed_stream(AiolosStream *stream)
{
    if (fcntl(stream->fd, F_GETFD) < 0)
        stream->fd = -1;
}

static bool is_ps(int argc, char **argv)
{
    bool named = argc == 3 && (strcmp(argv[1], "ps") == 0 || strcmp(argv[1], "pstree") == 0);
    return named && argv[2][strspn(argv[2], "0123456789")] == 0;
}

int main(int argc, char **argv)
{
    Options options;
    AiolosConfig config;
    if (is_ps(argc, argv))
        return inspect_process(argv[2], strcmp(argv[1], "pstree") == 0);
    options_read(&options, argc, argv);
    if (options.mode == MODE_DONE)
        return options.status;
    if (options.search_count)
        return schedule_search(&options, argc, argv);
    if (options.flags & AIOLOS_SCHEDULE_SEED)
        schedule_fix_addresses(argv);
    aiolos_config_init(&config, sizeof config);
    environment_read(&options, &config);
    config.argv = make_argv(&options, &config.argc);
    char executable[4096];
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[length > 0 ? length : 0] = 0;
    config.executable = executable;
    closed_stream(&config.input);
    closed_stream(&config.output);
    closed_stream(&config.error);
    AiolosVM *vm = config.argv ? aiolos_open(&config) : NULL;
    free((void *)config.argv); // the VM has its own copy
    if (!vm) {
        fputs("aiolos: not enough memory to start\n", stderr);
        return 1;
    }
    interrupt_target = vm;
    set_signals();
    bool interrupted = false;
    int status = options.mode >= MODE_CHECK ? list_files(vm, &options) : run(vm, &options, &interrupted);
    interrupt_target = NULL;
    if (!aiolos_close(vm))
        status = 120;
    schedule_report(&options, status);
    return interrupted ? die_of_interrupt() : status;
}
