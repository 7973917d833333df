// SPDX-License-Identifier: MIT
//
// Struct sequences: tuples whose items also have names (sys.version_info, time.struct_time, os.stat_result). A type is
// one constant TypeDef of kind KIND_TUPLE with struct_sequence_ops and one getset per field, in order, made with FIELD.
// Fields made with HIDDEN come last; they have a name but do not count as items.
#ifndef AIOLOS_STDLIB_STRUCT_SEQUENCE_H
#define AIOLOS_STDLIB_STRUCT_SEQUENCE_H

#include "vm/core/native.h"

#define STRUCT_FIELDS(X) \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) \
    X(20) X(21)
#define STRUCT_FIELD_DECLARE(i) Value struct_field_##i(VM *vm, Value self);
STRUCT_FIELDS(STRUCT_FIELD_DECLARE)

#define FIELD(index, name, doc) {name, struct_field_##index, NULL, doc}
#define HIDDEN(index, name) {name, struct_field_##index, NULL, NULL}

#define STRUCT_SEQUENCE_TYPE(full_name, field_table) \
    .name = full_name, .kind = KIND_TUPLE, .size = sizeof(Tuple), .ops = &struct_sequence_ops, .getsets = field_table, \
    .methods = struct_sequence_methods

extern const TypeOps struct_sequence_ops;
extern const NativeDef struct_sequence_methods[];

// The Type of such a table, registered on first use. NULL: error.
Type *struct_sequence_type(VM *vm, const TypeDef *def);
// An instance with all its fields, hidden ones included, given in order.
Value struct_sequence_new(VM *vm, const TypeDef *def, const Value *values);
// The value of a field, hidden or not.
Value struct_sequence_field(Value self, int index);
// TypeDef.make for types that scripts may construct: "NAME(cls, sequence, dict=<unset>, /)".
Value struct_sequence_make(VM *vm, Value *args, int nargs);

#endif
