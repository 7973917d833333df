// SPDX-License-Identifier: MIT
//
// mappingproxy: a read-only face of any mapping; C.__dict__ is one. Everything is passed on to the mapping.

#include "container.h"
#include "iterators.h"

static Value mapping_of(Value self) { return ((MappingProxy *)as_object(self))->mapping; }

Value mapping_proxy_new(VM *vm, Value mapping)
{
    MappingProxy *proxy = gc_new(vm, vm->types[KIND_MAPPING_PROXY]->root, sizeof *proxy);
    if (proxy)
        proxy->mapping = mapping;
    return from_object(proxy);
}

static void proxy_mark(Gc *gc, Object *o) { gc_mark(gc, ((MappingProxy *)o)->mapping); }

static Value proxy_repr(VM *vm, Value self)
{
    if (!vm_enter(vm, " while getting the repr of an object"))
        return VALUE_EMPTY;
    Str *text = str_format(vm, "mappingproxy(%R)", mapping_of(self));
    vm_leave(vm);
    return from_object(text);
}

static Value proxy_str(VM *vm, Value self) { return from_object(object_str(vm, mapping_of(self))); }
static int64_t proxy_len(VM *vm, Value self) { return object_len(vm, mapping_of(self)); }
static Value proxy_getitem(VM *vm, Value self, Value key) { return object_getitem(vm, mapping_of(self), key); }
static int proxy_contains(VM *vm, Value self, Value key) { return object_contains(vm, mapping_of(self), key); }
static Value proxy_iter(VM *vm, Value self) { return object_iter(vm, mapping_of(self)); }

static Value proxy_compare(VM *vm, Value self, Value other, CompareOp op)
{
    return object_compare(vm, mapping_of(self), other, op);
}

static Value proxy_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR)
        return VALUE_NOT_IMPLEMENTED;
    if (has_kind(l, KIND_MAPPING_PROXY))
        l = mapping_of(l);
    if (has_kind(r, KIND_MAPPING_PROXY))
        r = mapping_of(r);
    return binary_op(vm, op, l, r);
}

static Value proxy_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    (void)op;
    (void)r;
    return raise_type(vm, "'|=' is not supported by %T; use '|' instead", l);
}

static Value forward(VM *vm, Value *args, const char *name, int nargs)
{
    Str *method = str_intern_text(vm, name, strlen(name));
    return method ? call_method(vm, mapping_of(args[0]), method, args + 1, nargs - 1) : VALUE_EMPTY;
}

static Value get_method(VM *vm, Value *args, int nargs)
{
    Value given[3] = {args[0], args[1], nargs > 2 ? args[2] : VALUE_NONE};
    return forward(vm, given, "get", 3);
}

static Value keys_method(VM *vm, Value *args, int nargs) { return forward(vm, args, "keys", nargs); }
static Value values_method(VM *vm, Value *args, int nargs) { return forward(vm, args, "values", nargs); }
static Value items_method(VM *vm, Value *args, int nargs) { return forward(vm, args, "items", nargs); }
static Value copy_method(VM *vm, Value *args, int nargs) { return forward(vm, args, "copy", nargs); }
static Value reversed_method(VM *vm, Value *args, int nargs) { return forward(vm, args, "__reversed__", nargs); }

static Value proxy_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value mapping = args[1];
    bool ok = !is_list(mapping) && !is_tuple(mapping) &&
        type_special(vm, type_of(vm, mapping), SPECIAL___getitem__) != VALUE_EMPTY;
    if (!ok)
        return raise_type(vm, "mappingproxy() argument must be a mapping, not %T", mapping);
    return mapping_proxy_new(vm, mapping);
}

static const NativeDef methods[] = {
    {"get(self, key, default=None, /)", get_method, "Return the value for key if key is in the mapping, else default.",
     NATIVE_RAW, 2, 3},
    {"keys(self, /)", keys_method, "A set-like view of the keys.", NATIVE_RAW, 1, 1},
    {"values(self, /)", values_method, "A view of the values.", NATIVE_RAW, 1, 1},
    {"items(self, /)", items_method, "A set-like view of the items.", NATIVE_RAW, 1, 1},
    {"copy(self, /)", copy_method, "A shallow copy of the mapping.", NATIVE_RAW, 1, 1},
    {"__reversed__(self, /)", reversed_method, "A reverse iterator over the keys.", NATIVE_RAW, 1, 1},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps ops = {
    .mark = proxy_mark,
    .repr = proxy_repr,
    .str = proxy_str,
    .compare = proxy_compare,
    .compare_mask = ALL_COMPARES,
    .binary = proxy_binary,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
    .inplace = proxy_inplace,
    .inplace_mask = BIT(BINARY_OR),
    .len = proxy_len,
    .getitem = proxy_getitem,
    .contains = proxy_contains,
    .iter = proxy_iter,
};

const TypeDef mapping_proxy_def = {
    .name = "mappingproxy",
    .kind = KIND_MAPPING_PROXY,
    .size = sizeof(MappingProxy),
    .ops = &ops,
    .methods = methods,
    .make = {"mappingproxy(cls, mapping)", proxy_make, NULL, 0, 0, 0},
    .doc = "A read-only view of a mapping.",
    .flags = TYPE_MAPPING,
};
