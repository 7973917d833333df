// SPDX-License-Identifier: MIT
//
// The instruction word and the inline cache entry. Operations are listed in opcodes.def.
#ifndef AIOLOS_VM_INSTR_H
#define AIOLOS_VM_INSTR_H

#include "vm/core/object.h"

// 8 bytes: opcode, a small operand n, three 16-bit operands; or a and a 32-bit signed operand sbx in place of b and c.
typedef struct Instr {
    uint8_t op;
    uint8_t n;
    uint16_t a;
    union {
        struct { uint16_t b, c; };
        int32_t sbx;
        uint32_t bx;
    };
} Instr;

typedef enum Opcode {
#define OP(name, operands, text) OP_##name,
#include "opcodes.def"
    OP_COUNT
} Opcode;

// One inline cache. `name` is set by the compiler; the rest by the interpreter.
typedef struct Cache {
    Str *name;
    union {
        Shape *shape; // guard: shape of the receiver
        Value *place; // global names: the value in its namespace's table, valid while version is the VM's globals_epoch
    };
    Value value;      // method, class attribute, ...
    uint32_t slot;    // slot or entry index
    uint32_t version; // type version or globals_epoch
} Cache;

#endif
