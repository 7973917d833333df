// SPDX-License-Identifier: MIT
//
// What the builtins_*.c files share: the functions of the module, listed in builtins.c.
#ifndef AIOLOS_STDLIB_BUILTINS_INTERNAL_H
#define AIOLOS_STDLIB_BUILTINS_INTERNAL_H

#include "vm/core/native.h"
#include "vm/core/type.h"

#define BUILTIN(name) Value builtin_##name(VM *vm, Value *args, int nargs)

// builtins_number.c
BUILTIN(abs);
BUILTIN(bin);
BUILTIN(chr);
BUILTIN(divmod);
BUILTIN(hash);
BUILTIN(hex);
BUILTIN(id);
BUILTIN(oct);
BUILTIN(ord);
BUILTIN(pow);
BUILTIN(round);
// builtins_iter.c
BUILTIN(aiter);
BUILTIN(all);
BUILTIN(anext);
BUILTIN(any);
BUILTIN(iter);
BUILTIN(len);
BUILTIN(max);
BUILTIN(min);
BUILTIN(next);
BUILTIN(sorted);
BUILTIN(sum);
// builtins_attr.c
BUILTIN(ascii);
BUILTIN(callable);
BUILTIN(delattr);
BUILTIN(dir);
BUILTIN(format);
BUILTIN(getattr);
BUILTIN(hasattr);
BUILTIN(isinstance);
BUILTIN(issubclass);
BUILTIN(repr);
BUILTIN(setattr);
BUILTIN(vars);
// builtins_code.c
BUILTIN(build_class);
BUILTIN(compile);
BUILTIN(eval);
BUILTIN(exec);
BUILTIN(globals);
BUILTIN(import);
BUILTIN(locals);
// builtins_io.c
BUILTIN(breakpoint);
BUILTIN(help);
BUILTIN(input);
BUILTIN(open);
BUILTIN(print);

extern const TypeDef quitter_def;
bool quitters_add(VM *vm, Module *module); // exit and quit

// An attribute of the sys module; VALUE_EMPTY without error when it is not there.
Value sys_attribute(VM *vm, const char *name);
Value module_import(VM *vm, const char *name); // a top-level module; VALUE_EMPTY: error
#endif
