// SPDX-License-Identifier: MIT
//
// Writes the C file that holds the modules of the standard library written in the language: their source text as string
// literals and the table that names them, sorted for a binary search.
//
//     freeze ROOT FILE... > frozen.c       each FILE is ROOT/a/b.aio (module a.b) or ROOT/a/__init__.aio (package a)

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Entry {
    char *name;
    const char *path;
    int package;
    size_t size;
} Entry;

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "freeze: %s %s\n", what, path);
    exit(1);
}

// "stdlib/json/__init__.aio" below "stdlib" is the package "json".
static char *module_name(const char *root, const char *path, int *package)
{
    size_t length = strlen(root);
    if (strncmp(path, root, length) != 0 || path[length] != '/')
        fail("not below the root:", path);
    char *name = strdup(path + length + 1), *dot = strrchr(name, '.');
    if (!dot)
        fail("no suffix:", path);
    *dot = 0;
    for (char *p = name; *p; p++)
        if (*p == '/')
            *p = '.';
    size_t end = strlen(name), tail = strlen(".__init__");
    *package = end > tail && strcmp(name + end - tail, ".__init__") == 0;
    if (*package)
        name[end - tail] = 0;
    return name;
}

static int by_name(const void *a, const void *b) { return strcmp(((const Entry *)a)->name, ((const Entry *)b)->name); }

// One literal per line of source; an octal escape is never followed by a digit that would belong to it.
static void write_text(Entry *e, int index)
{
    FILE *in = fopen(e->path, "rb");
    if (!in)
        fail("cannot read", e->path);
    printf("static const char text_%d[] =\n    \"", index);
    int c, last = 0;
    while ((c = getc(in)) != EOF) {
        if (last == '\n')
            printf("\"\n    \"");
        e->size++;
        last = c;
        if (c == '\n')
            printf("\\n");
        else if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 32 || c >= 127 || c == '?')
            printf("\\%03o", c);
        else
            putchar(c);
    }
    printf("\";\n\n");
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: freeze ROOT FILE...", "");
    int count = argc - 2;
    Entry *entries = calloc((size_t)count + 1, sizeof *entries);
    for (int i = 0; i < count; i++) {
        entries[i].path = argv[i + 2];
        entries[i].name = module_name(argv[1], argv[i + 2], &entries[i].package);
    }
    qsort(entries, (size_t)count, sizeof *entries, by_name);
    printf(
        "// SPDX-License-Identifier: MIT\n// Made by scripts/dev/freeze.c from the modules written in the language.\n\n"
        "#include \"runtime/host/modules.h\"\n\n");
    for (int i = 0; i < count; i++)
        write_text(&entries[i], i);
    printf("const FrozenModule frozen_modules[] = {\n");
    for (int i = 0; i < count; i++)
        printf("    {\"%s\", text_%d, %zu, %s},\n", entries[i].name, i, entries[i].size,
               entries[i].package ? "true" : "false");
    printf("    {0},\n};\n\nconst size_t frozen_module_count = %d;\n", count);
    return 0;
}
