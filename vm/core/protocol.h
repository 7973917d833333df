// SPDX-License-Identifier: MIT
//
// The object protocol: Python's operations on any value, for native code. Each honours script classes (dunders) in
// full. Any of these may run a script: pointers into objects must be re-read afterwards.
#ifndef AIOLOS_VM_PROTOCOL_H
#define AIOLOS_VM_PROTOCOL_H

#include "vm.h"

Str *object_repr(VM *vm, Value v);                 // NULL: error
Str *object_str(VM *vm, Value v);
Str *object_ascii(VM *vm, Value v);
Value object_format(VM *vm, Value v, Str *spec);
bool object_hash(VM *vm, Value v, int64_t *out);
int object_truth(VM *vm, Value v);                 // 0, 1, -1
int object_equal(VM *vm, Value a, Value b);        // identity first, as containers do; 0, 1, -1
Value object_compare(VM *vm, Value a, Value b, CompareOp op); // the full operator
int object_compare_bool(VM *vm, Value a, Value b, CompareOp op);
int64_t object_len(VM *vm, Value v);               // -1
int64_t object_length_hint(VM *vm, Value v, int64_t fallback); // -1
Value object_getitem(VM *vm, Value o, Value key);
bool object_setitem(VM *vm, Value o, Value key, Value value);
bool object_delitem(VM *vm, Value o, Value key);
int object_contains(VM *vm, Value o, Value item);
Value object_iter(VM *vm, Value o);
Value iter_next(VM *vm, Value iterator);           // VALUE_EMPTY: exhausted, or error when vm->error is set
bool is_iterator(VM *vm, Value v);
Value object_getattr(VM *vm, Value o, Str *name);
// Look-up without raising AttributeError: VALUE_EMPTY and no error when absent.
Value object_getattr_opt(VM *vm, Value o, Str *name);
bool object_setattr(VM *vm, Value o, Str *name, Value value); // VALUE_EMPTY deletes
Value object_generic_getattr(VM *vm, Value o, Str *name);     // object.__getattribute__
bool object_generic_setattr(VM *vm, Value o, Str *name, Value value);
// Attribute of the type (as implicit special method look-up does), unbound; VALUE_EMPTY when absent, never an error.
Value type_lookup(VM *vm, Type *type, Str *name);
Value type_special(VM *vm, Type *type, SpecialId id);
// Calls the special method if the type of v defines it by a script or natively: VALUE_EMPTY without error when absent.
Value call_special(VM *vm, Value v, SpecialId id, const Value *args, int nargs);
Value binary_op(VM *vm, BinaryOp op, Value l, Value r);
Value inplace_op(VM *vm, BinaryOp op, Value l, Value r);
Value unary_op(VM *vm, UnaryOp op, Value v);
Value object_pow(VM *vm, Value base, Value exponent, Value modulus); // modulus may be VALUE_NONE

// Calls. args holds nargs positional values followed by the keyword values named by kwnames (NULL: none).
Value object_call(VM *vm, Value callee, const Value *args, int nargs, Tuple *kwnames);
Value call0(VM *vm, Value callee);
Value call1(VM *vm, Value callee, Value a);
Value call2(VM *vm, Value callee, Value a, Value b);
Value call3(VM *vm, Value callee, Value a, Value b, Value c);
Value call_method(VM *vm, Value o, Str *name, const Value *args, int nargs);
Value object_call_ex(VM *vm, Value callee, Value args_tuple, Value kwargs_dict /* or VALUE_EMPTY */);
bool is_callable(VM *vm, Value v);

bool type_is_subtype(Type *a, Type *b);
bool is_instance(VM *vm, Value v, Type *type);     // real type only
int object_isinstance(VM *vm, Value v, Value cls); // with tuples, unions, __instancecheck__; -1 error
int object_issubclass(VM *vm, Value c, Value cls);

// Integers out of objects that have __index__. *out untouched on error.
bool object_index_i64(VM *vm, Value v, int64_t *out);  // OverflowError/IndexError text of CPython
bool object_index_clamped(VM *vm, Value v, int64_t *out); // saturates, as slice bounds do
bool object_as_double(VM *vm, Value v, double *out);   // float(), __float__, __index__

// Sequence from any iterable: returns list/tuple itself or a new list. VALUE_EMPTY error. `message` for non-iterables
// or NULL.
Value sequence_fast(VM *vm, Value iterable, const char *message);
int64_t sequence_fast_count(Value sequence);
Value *sequence_fast_items(Value sequence);

#endif
