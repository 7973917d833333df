// SPDX-License-Identifier: MIT
//
// Imports: finding modules and running their bodies once. Modules in C and frozen ones come before sys.path.
#ifndef AIOLOS_RUNTIME_IMPORT_H
#define AIOLOS_RUNTIME_IMPORT_H

#include "runtime/host/modules.h"
#include "vm/core/vm.h"

typedef enum FoundKind { FOUND_NOTHING, FOUND_BUILTIN, FOUND_FROZEN, FOUND_FILE, FOUND_NAMESPACE } FoundKind;

// Where a module comes from.
typedef struct Found {
    FoundKind kind;
    const ModuleDef *def;
    const FrozenModule *frozen;
    Str *file;     // FOUND_FILE
    Value search;  // list of folders of a package (its __path__), VALUE_EMPTY: a plain module
} Found;

// Looks for `name` (absolute); path is the parent's __path__ or VALUE_EMPTY for a top-level module. False: error.
bool module_find(VM *vm, Str *name, Value path, Found *found);

// __import__'s work (VMHooks.import): globals and fromlist may be None.
Value import_hook(VM *vm, Str *name, Value globals, Value fromlist, int64_t level);
// The module of an absolute dotted name, imported if need be. VALUE_EMPTY: error.
Value import_module(VM *vm, Str *name);
Value import_text(VM *vm, const char *name);
// Runs the body of `module` again (importlib.reload), or of a fresh module for the first time.
bool module_execute(VM *vm, Value module, Str *name, const Found *found);
// Sets __spec__ and what follows from it.
Value module_spec_of(VM *vm, Str *name, const Found *found);
bool module_set_spec(VM *vm, Module *module, Str *name, const Found *found, Value spec);
// Compiles a file. NULL: error (OSError for an unreadable file, SyntaxError ...).
Code *import_compile_file(VM *vm, Str *path, uint32_t flags);
bool path_is_absolute(const Str *path);
// folder/name, or name alone for an empty folder.
Str *path_join(VM *vm, Str *folder, const char *name, size_t size);

// ---- ModuleSpec (spec.c)
typedef struct ModuleSpec {
    Object base;
    Value name, loader, origin, search, state, cached; // VALUE_NONE when there is none
    bool has_location, initializing;
    Value attributes;
} ModuleSpec;

extern const TypeDef module_spec_def;
Value module_spec_new(VM *vm, Str *name, Value origin, Value search, bool has_location);
static inline ModuleSpec *as_spec(Value v) { return (ModuleSpec *)as_object(v); }

#endif
