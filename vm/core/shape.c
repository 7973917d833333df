// SPDX-License-Identifier: MIT
//
// Shapes (hidden classes): a tree from the type's root, one edge per attribute added. Children are found in a small
// table on the parent; a shape with many attributes builds an index of its keys on the first look-up.

#include "type.h"

#include "vm/core/error.h"
#include "vm/types/str.h"

typedef struct ShapeTable {
    uint32_t count, mask;
    struct { Str *key; uintptr_t value; } slots[];
} ShapeTable;

static size_t table_bytes(uint32_t mask) { return sizeof(ShapeTable) + ((size_t)mask + 1) * 16; }

static uint32_t table_start(const ShapeTable *t, const Str *key)
{
    return (uint32_t)((uintptr_t)key >> 4) * 0x9E3779B1u >> 8 & t->mask;
}

static bool table_get(const ShapeTable *t, const Str *key, uintptr_t *value)
{
    for (uint32_t i = table_start(t, key);; i = (i + 1) & t->mask) {
        if (t->slots[i].key == key) {
            *value = t->slots[i].value;
            return true;
        }
        if (!t->slots[i].key)
            return false;
    }
}

static void table_put_raw(ShapeTable *t, Str *key, uintptr_t value)
{
    uint32_t i = table_start(t, key);
    while (t->slots[i].key)
        i = (i + 1) & t->mask;
    t->slots[i].key = key;
    t->slots[i].value = value;
    t->count++;
}

static ShapeTable *table_put(VM *vm, ShapeTable *t, Str *key, uintptr_t value)
{
    if (!t || (t->count + 1) * 4 > (t->mask + 1) * 3) {
        uint32_t mask = t ? t->mask * 2 + 1 : 1;
        ShapeTable *bigger = gc_buffer(vm, table_bytes(mask));
        if (!bigger)
            return NULL;
        bigger->mask = mask;
        for (uint32_t i = 0; t && i <= t->mask; i++)
            if (t->slots[i].key)
                table_put_raw(bigger, t->slots[i].key, t->slots[i].value);
        t = bigger;
    }
    table_put_raw(t, key, value);
    return t;
}

Shape *shape_new_root(VM *vm, Type *type, unsigned inline_slots)
{
    Shape *s = gc_new(vm, vm->types[KIND_SHAPE] ? vm->types[KIND_SHAPE]->root : NULL, sizeof *s);
    if (!s)
        return NULL;
    s->type = type;
    s->kind = (uint8_t)type->kind;
    s->inline_slots = (uint16_t)inline_slots;
    return s;
}

static bool index_build(VM *vm, Shape *shape)
{
    uint32_t mask = 15;
    while (mask < shape->slot_count * 2)
        mask = mask * 2 + 1;
    ShapeTable *t = gc_buffer(vm, table_bytes(mask));
    if (!t)
        return false;
    t->mask = mask;
    for (Shape *s = shape; s->key; s = s->parent)
        table_put_raw(t, s->key, s->slot_count - 1);
    shape->index = t;
    gc_barrier(vm, shape);
    return true;
}

int64_t shape_find(VM *vm, Shape *shape, Str *key)
{
    if (shape->slot_count > 8) {
        Value error = vm->error;
        if (shape->index || index_build(vm, shape)) {
            uintptr_t slot;
            return table_get(shape->index, key, &slot) ? (int64_t)slot : -1;
        }
        vm->error = error; // no memory for the index: the walk below needs none
    }
    for (Shape *s = shape; s->key; s = s->parent)
        if (s->key == key)
            return s->slot_count - 1;
    return -1;
}

Shape *shape_add(VM *vm, Shape *shape, Str *key)
{
    uintptr_t child;
    if (shape->transitions && table_get(shape->transitions, key, &child))
        return (Shape *)child;
    Shape *s = shape_new_root(vm, shape->type, shape->inline_slots);
    if (!s)
        return NULL;
    s->parent = shape;
    s->key = key;
    s->slot_count = shape->slot_count + 1;
    ShapeTable *t = table_put(vm, shape->transitions, key, (uintptr_t)s);
    if (!t)
        return NULL;
    shape->transitions = t;
    gc_barrier(vm, shape);
    return s;
}

static void shape_mark(Gc *gc, Object *o)
{
    Shape *s = (Shape *)o;
    gc_mark_object(gc, (Object *)s->type);
    gc_mark_object(gc, (Object *)s->parent);
    gc_mark_object(gc, (Object *)s->key);
    gc_mark_buffer(gc, s->index);
    gc_mark_buffer(gc, s->transitions);
    for (uint32_t i = 0; s->transitions && i <= s->transitions->mask; i++)
        if (s->transitions->slots[i].key) {
            gc_mark_object(gc, (Object *)s->transitions->slots[i].key);
            gc_mark_object(gc, (Object *)s->transitions->slots[i].value);
        }
    for (uint32_t i = 0; s->index && i <= s->index->mask; i++)
        gc_mark_object(gc, (Object *)s->index->slots[i].key);
}

static const TypeOps shape_ops = {.mark = shape_mark};
const TypeDef shape_def = {
    .name = "shape", .kind = KIND_SHAPE, .size = sizeof(Shape), .ops = &shape_ops, .flags = TYPE_NO_NEW};
