// SPDX-License-Identifier: MIT
//
// Command line and environment. Options mean what they mean to CPython's command; those without a meaning here are
// accepted and ignored.

#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char usage_line[] = "usage: aiolos [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";

static const char help_text[] =
    "Options:\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-i     : show the prompt after running the script\n"
    "-q     : no version line at the prompt\n"
    "-u     : standard output and error are not buffered\n"
    "-E     : ignore environment variables that begin with PYTHON and AIOLOS\n"
    "-I     : isolated: -E, and the script's folder is not searched for modules\n"
    "-O     : sys.flags.optimize is 1\n"
    "-W arg : warning control: action:message:category:module:lineno\n"
    "-X opt : -X dev turns all warnings on; others are accepted\n"
    "-B -s -S -P -b -d -v -R : accepted, no effect\n"
    "-V     : print the version (also --version)\n"
    "-h     : print this text (also --help)\n"
    "--check file ...  : compile without running; the first error is printed\n"
    "--tokens file     : list the tokens\n"
    "--ast file        : list the syntax tree\n"
    "--dis file        : list the code\n"
    "--max-memory n    : limit of memory in bytes (suffixes k, M, G): MemoryError\n"
    "--max-time t      : limit of time in seconds (suffixes ms, s, m, h): BudgetError\n"
    "--max-instructions n : limit of steps, about one per call or loop round (k, M, G): BudgetError\n"
    "--virtual-time    : time jumps to the next deadline when nothing can run\n"
    "--schedule-seed n : another legal order of tasks, drawn from n; the run repeats (implies --virtual-time)\n"
    "--schedule-search n : run with the seeds 1 to n until one fails\n"
    "ps pid, pstree pid : the tasks of a running aiolos, as a table or as a tree (Ctrl-\\ prints the tree, too)\n"
    "file   : program read from a script file, or from the __main__ module of a folder\n"
    "-      : program read from standard input (default; prompt if it is a terminal)\n"
    "arg ...: arguments passed to the program in sys.argv[1:]\n"
    "\n"
    "Environment: PYTHONPATH and AIOLOSPATH (folders searched for modules, with colons between), PYTHONHASHSEED,\n"
    "PYTHONUNBUFFERED, PYTHONWARNINGS; SOURCE_DATE_EPOCH (where virtual time begins).\n";

static void done(Options *o, int status)
{
    o->mode = MODE_DONE;
    o->status = status;
}

static void wrong(Options *o, const char *format, char letter)
{
    fprintf(stderr, format, letter);
    fprintf(stderr, "%sTry `aiolos -h' for more information.\n", usage_line);
    done(o, 2);
}

static void long_option(Options *o, const char *text, char **rest, int count)
{
    static const struct { const char *name; CliMode mode; } modes[] = {
        {"check", MODE_CHECK}, {"tokens", MODE_TOKENS}, {"ast", MODE_AST}, {"dis", MODE_CODE},
    };
    if (strcmp(text, "version") == 0) {
        printf("Aiolos %s\n", aiolos_version());
        done(o, 0);
        return;
    }
    if (strcmp(text, "help") == 0) {
        printf("%s%s", usage_line, help_text);
        done(o, 0);
        return;
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(text, modes[i].name) == 0) {
            o->mode = modes[i].mode;
            o->rest = rest;
            o->rest_count = count;
            if (count > 0)
                return;
            fprintf(stderr, "aiolos: --%s needs a file\n", text);
            done(o, 2);
            return;
        }
    fprintf(stderr, "unknown option --%s\n%sTry `aiolos -h' for more information.\n", text, usage_line);
    done(o, 2);
}

// ---- limits: a number and a unit

typedef struct Unit {
    const char *name;
    double factor;
} Unit;

static bool number_with_unit(const char *text, const Unit *units, double *out)
{
    char *end;
    double n = strtod(text, &end);
    if (end == text || !(n > 0) || n > 1e12)
        return false;
    while (units->name && strcasecmp(units->name, end) != 0)
        units++;
    *out = n * units->factor;
    return units->name != NULL;
}

static bool limit_value(AiolosLimits *limits, int which, const char *text)
{
    static const Unit units[3][6] = {
        {{"", 1}, {"k", 1024}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}},
        {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}, {NULL, 0}},
        {{"", 1}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {NULL, 0}},
    };
    double n = 0;
    if (!number_with_unit(text, units[which], &n))
        return false;
    if (which == 0)
        limits->memory = (size_t)n;
    else if (which == 1)
        limits->seconds = n;
    else
        limits->instructions = n < 1 ? 1 : (int64_t)n;
    return true;
}

// The value of the long option `name`: behind = or the next word. NULL: this is another option.
static const char *long_value(const char *name, int argc, char **argv, int *index)
{
    const char *text = argv[*index] + 2;
    size_t n = strlen(name);
    if (strncmp(text, name, n) != 0 || (text[n] && text[n] != '='))
        return NULL;
    return text[n] ? text + n + 1 : *index + 1 < argc ? argv[++*index] : "";
}

// --virtual-time, --schedule-seed, --schedule-search. False: another option.
static bool schedule_option(Options *o, int argc, char **argv, int *index)
{
    int at = *index;
    if (strcmp(argv[at], "--virtual-time") == 0) {
        o->flags |= AIOLOS_VIRTUAL_TIME;
        return true;
    }
    const char *seed = long_value("schedule-seed", argc, argv, index);
    const char *value = seed ? seed : long_value("schedule-search", argc, argv, index);
    if (!value)
        return false;
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || errno || (!seed && !n)) {
        fprintf(stderr, "aiolos: %s needs a number, not '%s'\n", argv[at], value);
        done(o, 2);
        return true;
    }
    o->flags |= AIOLOS_VIRTUAL_TIME;
    if (seed) {
        o->flags |= AIOLOS_SCHEDULE_SEED;
        o->schedule_seed = n;
    } else {
        o->search_count = n;
        o->search_at = at;
    }
    return true;
}

// --max-memory, --max-time, --max-instructions. False: another option.
static bool limit_option(Options *o, int argc, char **argv, int *index)
{
    static const char *const names[] = {"max-memory", "max-time", "max-instructions"};
    for (int i = 0; i < 3; i++) {
        const char *value = long_value(names[i], argc, argv, index);
        if (!value)
            continue;
        if (limit_value(&o->limits, i, value))
            return true;
        fprintf(stderr, "aiolos: --%s needs a number, not '%s'\n", names[i], value);
        done(o, 2);
        return true;
    }
    return false;
}

// The value of an option: the rest of this word, or the next word.
static const char *value_of(const char *rest_of_word, int argc, char **argv, int *index)
{
    if (*rest_of_word)
        return rest_of_word;
    return *index + 1 < argc ? argv[++*index] : NULL;
}

static void add_warning(Options *o, const char *text)
{
    if (o->warning_count < MAX_OPTIONS)
        o->warnings[o->warning_count++] = text;
}

// One letter of a word of options. False: the rest of the word was used up.
static bool letter(Options *o, const char *at, int argc, char **argv, int *index)
{
    const char *value;
    switch (*at) {
    case 'i': o->interactive = true; o->flags |= AIOLOS_INTERACTIVE; return true;
    case 'q': o->quiet = true; o->flags |= AIOLOS_QUIET; return true;
    case 'u': o->flags |= AIOLOS_UNBUFFERED; return true;
    case 'E': o->flags |= AIOLOS_IGNORE_ENVIRONMENT; return true;
    case 'I': o->isolated = true; o->flags |= AIOLOS_IGNORE_ENVIRONMENT | AIOLOS_ISOLATED; return true;
    case 'O': o->flags |= AIOLOS_OPTIMIZE; return true;
    case 'B': case 's': case 'S': case 'P': case 'b': case 'd': case 'v': case 'R': case 'x': return true;
    case 'V': long_option(o, "version", NULL, 0); return false;
    case 'h': case '?': long_option(o, "help", NULL, 0); return false;
    case 'c': case 'm': case 'W': case 'X':
        value = value_of(at + 1, argc, argv, index);
        if (!value)
            wrong(o, "Argument expected for the -%c option\n", *at);
        else if (*at == 'W')
            add_warning(o, value);
        else if (*at == 'X')
            o->flags |= strcmp(value, "dev") == 0 ? AIOLOS_DEV_MODE : 0;
        else {
            o->mode = *at == 'c' ? MODE_COMMAND : MODE_MODULE;
            o->subject = value;
        }
        return false;
    default:
        wrong(o, "Unknown option: -%c\n", *at);
        return false;
    }
}

void options_read(Options *o, int argc, char **argv)
{
    *o = (Options){.mode = MODE_STDIN};
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (argv[i][1] == '-' && (limit_option(o, argc, argv, &i) || schedule_option(o, argc, argv, &i))) {
            if (o->mode == MODE_DONE)
                return;
            continue;
        }
        if (argv[i][1] == '-') {
            long_option(o, argv[i] + 2, argv + i + 1, argc - i - 1);
            return;
        }
        const char *at = argv[i] + 1;
        while (*at && letter(o, at, argc, argv, &i))
            at++;
        if (o->mode == MODE_DONE)
            return;
        if (o->mode == MODE_COMMAND || o->mode == MODE_MODULE) {
            i++;
            break;
        }
    }
    if (o->mode == MODE_STDIN && i < argc) {
        o->subject = argv[i];
        o->mode = strcmp(argv[i], "-") == 0 ? MODE_STDIN : MODE_FILE;
        i++;
    }
    o->rest = argv + i;
    o->rest_count = argc - i;
}

// ---- environment

static const char *variable(const Options *o, const char *name)
{
    const char *value = o->flags & AIOLOS_IGNORE_ENVIRONMENT ? NULL : getenv(name);
    return value && *value ? value : NULL;
}

static void add_paths(AiolosConfig *config, const char *list)
{
    if (!list)
        return;
    size_t count = 1;
    for (const char *p = list; *p; p++)
        count += *p == ':';
    const char **all = realloc((void *)config->path, ((size_t)config->path_count + count) * sizeof *all);
    char *copy = strdup(list);
    if (!all || !copy)
        return;
    for (char *part = copy, *next; part; part = next) {
        next = strchr(part, ':');
        if (next)
            *next++ = 0;
        all[config->path_count++] = part;
    }
    config->path = all;
}

static void read_hash_seed(const char *text, AiolosConfig *config)
{
    if (!text || strcmp(text, "random") == 0)
        return;
    char *end;
    unsigned long long seed = strtoull(text, &end, 10);
    if (*end || seed > 4294967295ull) {
        fputs("Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; "
              "4294967295]\n",
              stderr);
        exit(1);
    }
    config->hash_seed = seed;
    config->flags |= AIOLOS_HASH_SEED;
}

// Seeded runs repeat, so they begin at the same time.
static void read_start(const char *text, const Options *o, AiolosConfig *config)
{
    char *end;
    long long seconds = text ? strtoll(text, &end, 10) : 0;
    if (text && !*end && seconds > 0 && seconds < INT64_C(9000000000))
        config->virtual_start = seconds * INT64_C(1000000000);
    else if (o->flags & AIOLOS_SCHEDULE_SEED)
        config->virtual_start = INT64_C(946684800000000000); // the year 2000
}

static void read_warnings(const char *text, Options *o)
{
    char *copy = text ? strdup(text) : NULL, *save = NULL;
    Options given = *o;
    o->warning_count = 0; // those of the command line come last, so that they win
    for (char *part = copy ? strtok_r(copy, ",", &save) : NULL; part; part = strtok_r(NULL, ",", &save))
        add_warning(o, part);
    for (int i = 0; i < given.warning_count; i++)
        add_warning(o, given.warnings[i]);
}

// In the C locale and its UTF-8 twin nothing is known about the text of the world outside (PEP 538).
static bool plain_locale(void)
{
    static const char *const plain[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"};
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *name = NULL;
    for (int i = 0; i < 3 && !(name && *name); i++)
        name = getenv(variables[i]);
    if (!name || !*name)
        return true;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(name, plain[i]) == 0)
            return true;
    return false;
}

void environment_read(const Options *options, AiolosConfig *config)
{
    Options *o = (Options *)options;
    const char *fail = getenv("AIOLOS_ALLOC_FAIL"), *stress = getenv("AIOLOS_GC_STRESS");
    config->flags = o->flags | (plain_locale() ? AIOLOS_ESCAPE_BYTES : 0);
    if (stress && strcmp(stress, "0") != 0)
        config->flags |= AIOLOS_GC_STRESS;
    if (fail) {
        char *end;
        config->fail_allocation = strtoull(fail, &end, 10);
        config->fail_all_later = *end == '+';
    }
    config->fail_call = getenv("AIOLOS_CALL_FAIL");
    config->limits = o->limits;
    if (variable(o, "PYTHONUNBUFFERED"))
        config->flags |= AIOLOS_UNBUFFERED;
    if (variable(o, "PYTHONASYNCIODEBUG"))
        config->flags |= AIOLOS_ASYNC_DEBUG;
    add_paths(config, variable(o, "PYTHONPATH"));
    add_paths(config, variable(o, "AIOLOSPATH"));
    read_hash_seed(variable(o, "PYTHONHASHSEED"), config);
    read_start(variable(o, "SOURCE_DATE_EPOCH"), o, config);
    config->schedule_seed = o->schedule_seed;
    config->attend = inspect_attend;
    read_warnings(variable(o, "PYTHONWARNINGS"), o);
    config->warn_options = o->warnings;
    config->warn_option_count = o->warning_count;
}

// ---- files

char *read_all(int fd, size_t *size)
{
    size_t capacity = 8192, used = 0;
    char *text = malloc(capacity);
    while (text) {
        if (used + 1 == capacity) {
            char *more = realloc(text, capacity *= 2);
            if (!more)
                break;
            text = more;
        }
        ssize_t n = read(fd, text + used, capacity - used - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            text[used] = 0;
            *size = used;
            if (n == 0)
                return text;
            break;
        }
        used += (size_t)n;
    }
    free(text);
    return NULL;
}

char *read_path(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *text = read_all(fd, size);
    int error = errno;
    close(fd);
    errno = error;
    return text;
}
