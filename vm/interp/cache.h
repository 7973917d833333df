// SPDX-License-Identifier: MIT
//
// Slow paths of the interpreter's operations: attribute and global look-up with specialisation of the instruction, and
// the operations that are not worth inlining. Each returns VALUE_EMPTY or false with vm->error set.
#ifndef AIOLOS_VM_CACHE_H
#define AIOLOS_VM_CACHE_H

#include "interp.h"

Value global_load(VM *vm, Frame *frame, Instr *in, Cache *c);
bool global_store(VM *vm, Frame *frame, Cache *c, Value v);
bool global_delete(VM *vm, Frame *frame, Str *name);
Value name_load(VM *vm, Frame *frame, Value namespace, Str *name);
bool name_store(VM *vm, Value namespace, Value name, Value v);
bool name_delete(VM *vm, Value namespace, Value name);
Value object_lookup_namespace(VM *vm, Value namespace, Value name); // VALUE_EMPTY without error: absent
void raise_unbound_local(VM *vm, Code *code, unsigned reg);
void raise_unbound_free(VM *vm, Code *code, unsigned index);

// *pushed: a frame that computes the attribute was pushed instead (property getter).
Value load_attr(VM *vm, Instr *in, Cache *c, Value o, Frame **pushed);
bool store_attr(VM *vm, Instr *in, Cache *c, Value o, Value v);
// Fills c with the plain method that super(cls, self) finds under its name. False: it is something else (no error).
bool super_method(VM *vm, Cache *c, Value cls, Value self);
bool load_method(VM *vm, Instr *in, Cache *c, Value o, Value *function, Value *self);

Value arith_slow(VM *vm, BinaryOp op, Value l, Value r, bool inplace);
Value load_slice(VM *vm, Value o, Value start, Value stop);
bool unpack(VM *vm, Value v, Value *out, int count, int after); // after -1: exact
Value set_build(VM *vm, const Value *items, int count);
Value map_build(VM *vm, const Value *pairs, int count);
Value string_build(VM *vm, const Value *parts, int count);
Value format_value(VM *vm, Value v, Value spec, int conversion);
bool extend_list(VM *vm, Value list, Value iterable, Value callee);
bool update_display(VM *vm, Value dict, Value mapping);
bool merge_keywords(VM *vm, Value dict, Value mapping, Value callee);
Value spread_arguments(VM *vm, Value callee, Value iterable); // a tuple
Value closure_make(VM *vm, Frame *frame, Code *code, const Value *extras, int flags);
void raise_statement(VM *vm, Value exception, Value cause);
bool match_group(VM *vm, Value exception, Value classes, Value *match, Value *rest);
Value reraise_group(VM *vm, Value original, Value list);
bool load_special(VM *vm, Value manager, int which, Value *function, Value *self);
Value import_name(VM *vm, Frame *frame, Str *name, Value fromlist, Value level);
Value import_from(VM *vm, Value module, Str *name);
bool import_star(VM *vm, Frame *frame, Value module);
bool module_is_initialising(VM *vm, Value module); // __spec__._initializing
bool display_value(VM *vm, Value v);
bool setup_annotations(VM *vm, Frame *frame);

int match_sequence(VM *vm, Value v);
int match_mapping(VM *vm, Value v);
Value match_keys(VM *vm, Value mapping, Value keys);
Value match_rest(VM *vm, Value mapping, Value keys);
Value match_class(VM *vm, Value subject, Value cls, int count, Value names);

#endif
