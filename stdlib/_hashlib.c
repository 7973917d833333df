// SPDX-License-Identifier: MIT
//
// The module _hashlib: message digests by OpenSSL 3's libcrypto. The library is loaded when the module is first
// imported, not linked: the command starts without it, and a system without it has everything else. The functions'
// addresses are in an object that the module keeps (Library); digests hold it too.

#include <dlfcn.h>
#include <stdio.h>

#include "roots.h"
#include "vm/types/container.h"

#define LIBRARY_FILE "libcrypto.so.3"
#define LONGEST 64         // bytes of the longest fixed digest
#define SIZE_TO_TICK 65536 // bytes hashed between two polls of the interrupt

// name, result, parameters
#define CRYPTO_FUNCTIONS(F) \
    F(EVP_MD_fetch, void *, (void *context, const char *name, const char *properties)) \
    F(EVP_MD_free, void, (void *md)) \
    F(EVP_MD_get_size, int, (const void *md)) \
    F(EVP_MD_get_block_size, int, (const void *md)) \
    F(EVP_MD_get_flags, unsigned long, (const void *md)) \
    F(EVP_MD_CTX_new, void *, (void)) \
    F(EVP_MD_CTX_free, void, (void *context)) \
    F(EVP_MD_CTX_copy_ex, int, (void *out, const void *in)) \
    F(EVP_DigestInit_ex, int, (void *context, const void *md, void *engine)) \
    F(EVP_DigestUpdate, int, (void *context, const void *data, size_t size)) \
    F(EVP_DigestFinal_ex, int, (void *context, unsigned char *out, unsigned int *size)) \
    F(EVP_DigestFinalXOF, int, (void *context, unsigned char *out, size_t size)) \
    F(PKCS5_PBKDF2_HMAC, int, (const char *pass, int size, const unsigned char *salt, int salt_size, int rounds, \
                               const void *md, int out_size, unsigned char *out)) \
    F(EVP_PBE_scrypt, int, (const char *pass, size_t size, const unsigned char *salt, size_t salt_size, uint64_t n, \
                            uint64_t r, uint64_t p, uint64_t memory, unsigned char *out, size_t out_size))

#define XOF_FLAG 2 // EVP_MD_FLAG_XOF

typedef struct Library {
    Object base;
#define FIELD(name, result, parameters) result (*name) parameters;
    CRYPTO_FUNCTIONS(FIELD)
} Library;

typedef struct Digest {
    Object base;
    Library *library;
    void *context, *md;
    void (*free_context)(void *context); // of the library, whose object may be gone when this one is finalized
    void (*free_md)(void *md);
    Str *name;
    Value attributes;
} Digest;

static const TypeDef library_def, digest_def;
static Library *library_of(VM *vm) { return (Library *)as_object(vm->roots[ROOT_CRYPTO]); }
static Digest *as_digest(Value v) { return (Digest *)as_object(v); }

static Value failed(VM *vm, const char *what) { return raise_value(vm, "%s failed in libcrypto", what); }

// ---- digests

static void digest_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((Digest *)o)->library);
    gc_mark_object(gc, (Object *)((Digest *)o)->name);
}

static void digest_finalize(VM *vm, Object *o)
{
    (void)vm;
    Digest *d = (Digest *)o;
    if (d->context)
        d->free_context(d->context);
    if (d->md)
        d->free_md(d->md);
}

static Digest *digest_alloc(VM *vm, Str *name)
{
    Digest *d = type_new_of(vm, &digest_def);
    if (!d)
        return NULL;
    d->library = library_of(vm);
    d->free_context = d->library->EVP_MD_CTX_free;
    d->free_md = d->library->EVP_MD_free;
    d->name = name;
    if (!(d->context = d->library->EVP_MD_CTX_new()))
        return raise_memory(vm), NULL;
    return d;
}

// The names by which Python knows what OpenSSL calls otherwise.
static const char *openssl_name(const char *name)
{
    static const char *const names[][2] = {
        {"blake2b", "BLAKE2B-512"}, {"blake2s", "BLAKE2S-256"}, {"sha3_224", "SHA3-224"}, {"sha3_256", "SHA3-256"},
        {"sha3_384", "SHA3-384"}, {"sha3_512", "SHA3-512"}, {"shake_128", "SHAKE128"}, {"shake_256", "SHAKE256"},
        {"sha512_224", "SHA512-224"}, {"sha512_256", "SHA512-256"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    return name;
}

static void *find_md(VM *vm, Str *name)
{
    void *md = library_of(vm)->EVP_MD_fetch(NULL, openssl_name(name->data), NULL);
    if (!md)
        raise_value(vm, "unsupported hash type %U", name);
    return md;
}

static bool update(VM *vm, Digest *d, Value data)
{
    const char *bytes;
    size_t size;
    if (is_str(data))
        return raise_type(vm, "Strings must be encoded before hashing"), false;
    if (!bytes_view(data, &bytes, &size))
        return raise_type(vm, "object supporting the buffer API required"), false;
    if (size > SIZE_TO_TICK && !is_bytes(data)) { // a script may run between the pieces
        if (!(data = bytes_new(vm, bytes, size)))
            return false;
        bytes = as_bytes(data)->data;
    }
    for (size_t at = 0; at < size; at += SIZE_TO_TICK) {
        size_t piece = size - at < SIZE_TO_TICK ? size - at : SIZE_TO_TICK;
        if (!d->library->EVP_DigestUpdate(d->context, bytes + at, piece))
            return failed(vm, "hashing"), false;
        if (!vm_tick(vm))
            return false;
    }
    keep_alive(data);
    return true;
}

static Value new_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "name must be a string");
    Digest *d = digest_alloc(vm, as_str(args[0]));
    if (!d || !(d->md = find_md(vm, as_str(args[0]))))
        return VALUE_EMPTY;
    if (!d->library->EVP_DigestInit_ex(d->context, d->md, NULL))
        return failed(vm, "a digest");
    return update(vm, d, args[1]) ? from_object(d) : VALUE_EMPTY;
}

static Digest *copy_of(VM *vm, Digest *d)
{
    Digest *copy = digest_alloc(vm, d->name);
    if (!copy || !(copy->md = find_md(vm, d->name)))
        return NULL;
    if (!d->library->EVP_MD_CTX_copy_ex(copy->context, d->context))
        return failed(vm, "copying a digest"), NULL;
    return copy;
}

static Value finish(VM *vm, Value *args, int nargs)
{
    Digest *d = as_digest(args[0]), *copy;
    unsigned char out[LONGEST];
    unsigned int size = 0;
    bool open = d->library->EVP_MD_get_flags(d->md) & XOF_FLAG;
    if (nargs != (open ? 2 : 1))
        return raise_type(vm, open ? "digest() missing required argument 'length' (pos 1)"
                          : "digest() takes no arguments");
    if (!(copy = copy_of(vm, d)))
        return VALUE_EMPTY;
    if (!open) {
        if (!d->library->EVP_DigestFinal_ex(copy->context, out, &size))
            return failed(vm, "a digest");
        return bytes_new(vm, out, size);
    }
    int64_t length;
    if (!object_index_i64(vm, args[1], &length))
        return VALUE_EMPTY;
    if (length < 0 || length >= 1 << 29)
        return raise_value(vm, length < 0 ? "value must be positive" : "length is too large");
    Value result = bytes_new(vm, NULL, (size_t)length);
    unsigned char *data = result ? (unsigned char *)as_bytes(result)->data : out;
    if (result && length && !d->library->EVP_DigestFinalXOF(copy->context, data, (size_t)length))
        return failed(vm, "a digest");
    return result;
}

static Value digest_method(VM *vm, Value *args, int nargs) { return finish(vm, args, nargs); }

static Value hexdigest_method(VM *vm, Value *args, int nargs)
{
    Value v = finish(vm, args, nargs);
    Str *hex = v ? str_from(vm, "hex") : NULL;
    return hex ? call_method(vm, v, hex, NULL, 0) : VALUE_EMPTY;
}

static Value update_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return update(vm, as_digest(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(copy_of(vm, as_digest(args[0])));
}

static Value get_name(VM *vm, Value self) { return (void)vm, from_object(as_digest(self)->name); }

static Value get_digest_size(VM *vm, Value self)
{
    (void)vm;
    Digest *d = as_digest(self);
    bool open = d->library->EVP_MD_get_flags(d->md) & XOF_FLAG;
    return from_small(open ? 0 : d->library->EVP_MD_get_size(d->md));
}

static Value get_block_size(VM *vm, Value self)
{
    (void)vm;
    return from_small(as_digest(self)->library->EVP_MD_get_block_size(as_digest(self)->md));
}

static Value digest_repr(VM *vm, Value self)
{
    char place[32];
    snprintf(place, sizeof place, "%p", (void *)as_object(self));
    return from_object(str_format(vm, "<%U _hashlib.HASH object @ %s>", as_digest(self)->name, place));
}

static const GetSetDef getsets[] = {
    {"name", get_name, NULL, NULL},
    {"digest_size", get_digest_size, NULL, NULL},
    {"block_size", get_block_size, NULL, NULL},
    {0},
};

static const NativeDef methods[] = {
    {"update(self, obj, /)", update_method, "Hashes more bytes.", NATIVE_RAW, 2, 2},
    {"digest(self, /)", digest_method, "The digest of the bytes so far.", NATIVE_RAW, 1, 2},
    {"hexdigest(self, /)", hexdigest_method, "The digest in hexadecimal digits.", NATIVE_RAW, 1, 2},
    {"copy(self, /)", copy_method, "A digest that goes on from here by itself.", NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps ops = {.mark = digest_mark, .finalize = digest_finalize, .repr = digest_repr};

static const TypeDef digest_def = {
    .name = "_hashlib.HASH", .kind = KIND_OTHER, .size = sizeof(Digest), .ops = &ops, .methods = methods,
    .getsets = getsets, .doc = "A message digest in the making.", .flags = TYPE_NO_NEW | TYPE_FINALIZE,
};

static const TypeOps library_ops = {.mark = NULL};
static const TypeDef library_def = {
    .name = "_hashlib._Library", .kind = KIND_OTHER, .size = sizeof(Library), .ops = &library_ops, .flags = TYPE_NO_NEW,
};

// ---- keys from passwords

static Value pbkdf2_hmac(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *pass, *salt;
    size_t pass_size, salt_size;
    int64_t rounds, length;
    if (!is_str(args[0]))
        return raise_type(vm, "pbkdf2_hmac() argument 'hash_name' must be str, not %T", args[0]);
    void *md = find_md(vm, as_str(args[0]));
    if (!md)
        return VALUE_EMPTY;
    Library *library = library_of(vm);
    length = library->EVP_MD_get_size(md);
    Value out = VALUE_EMPTY;
    if (!object_index_i64(vm, args[3], &rounds) || (!is_none(args[4]) && !object_index_i64(vm, args[4], &length)) ||
        !bytes_view_or_raise(vm, args[1], &pass, &pass_size) || !bytes_view_or_raise(vm, args[2], &salt, &salt_size))
        goto done;
    if (rounds < 1 || rounds > INT32_MAX || length < 1 || length > INT32_MAX || pass_size > INT32_MAX ||
        salt_size > INT32_MAX) {
        raise_value(vm, rounds < 1 ? "iteration value must be greater than 0." : length < 1
                    ? "key length must be greater than 0." : "a value is too great.");
        goto done;
    }
    if ((out = bytes_new(vm, NULL, (size_t)length)) &&
        !library->PKCS5_PBKDF2_HMAC(pass, (int)pass_size, (const unsigned char *)salt, (int)salt_size, (int)rounds, md,
                                    (int)length, (unsigned char *)as_bytes(out)->data))
        out = failed(vm, "pbkdf2_hmac");
done:
    library->EVP_MD_free(md);
    return out;
}

static Value scrypt(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *pass, *salt;
    size_t pass_size, salt_size;
    int64_t n, r, p, memory, length;
    if (!bytes_view_or_raise(vm, args[0], &pass, &pass_size) || !args[1] || !args[2] || !args[3] || !args[4])
        return vm->error ? VALUE_EMPTY : raise_type(vm, "salt, n, r and p are required");
    if (!object_index_i64(vm, args[2], &n) || !object_index_i64(vm, args[3], &r) ||
        !object_index_i64(vm, args[4], &p) || !object_index_i64(vm, args[5], &memory) ||
        !object_index_i64(vm, args[6], &length) ||
        !bytes_view_or_raise(vm, args[0], &pass, &pass_size) || !bytes_view_or_raise(vm, args[1], &salt, &salt_size))
        return VALUE_EMPTY;
    if (n < 2 || n & (n - 1))
        return raise_value(vm, "n must be a power of 2.");
    if (r < 1 || p < 1 || memory < 0 || length < 1 || length > INT32_MAX)
        return raise_value(vm, "Invalid parameter combination for n, r, p, maxmem.");
    Value out = bytes_new(vm, NULL, (size_t)length);
    if (out && !library_of(vm)->EVP_PBE_scrypt(pass, pass_size, (const unsigned char *)salt, salt_size, (uint64_t)n,
                                               (uint64_t)r, (uint64_t)p, (uint64_t)memory,
                                               (unsigned char *)as_bytes(out)->data, (size_t)length))
        return raise_value(vm, "Invalid parameter combination for n, r, p, maxmem.");
    return out;
}

// In time that does not depend on the contents.
static Value compare_digest(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *a, *b;
    size_t a_size, b_size;
    if (is_str(args[0]) && is_str(args[1])) {
        if (!str_is_ascii(as_str(args[0])) || !str_is_ascii(as_str(args[1])))
            return raise_type(vm, "comparing strings with non-ASCII characters is not supported");
        a = as_str(args[0])->data, a_size = as_str(args[0])->size;
        b = as_str(args[1])->data, b_size = as_str(args[1])->size;
    } else if (!bytes_view_or_raise(vm, args[0], &a, &a_size) || !bytes_view_or_raise(vm, args[1], &b, &b_size)) {
        return VALUE_EMPTY;
    }
    volatile unsigned char difference = a_size != b_size;
    const char *other = a_size == b_size ? a : b;
    for (size_t i = 0; i < b_size; i++)
        difference |= (unsigned char)(other[i] ^ b[i]);
    return from_bool(difference == 0);
}

static const NativeDef functions[] = {
    {"new(name, data=<unset>, /)", new_function, "A digest by name.", NATIVE_RAW, 2, 2},
    {"pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None)", pbkdf2_hmac, "Password based key derivation function 2.", 0, 0, 0},
    {"scrypt(password, *, salt=<unset>, n=<unset>, r=<unset>, p=<unset>, maxmem=0, dklen=64)", scrypt, "scrypt password-based key derivation function.", 0, 0, 0},
    {"compare_digest(a, b, /)", compare_digest, "Equality in constant time.", NATIVE_RAW, 2, 2},
    {0},
};

static bool load(VM *vm)
{
    void *handle = dlopen(LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        raise_exc(vm, EXC_ImportError, "the module hashlib needs OpenSSL 3: install the Debian package libssl3");
        return false;
    }
    Library *library = type_new_of(vm, &library_def);
    if (!library)
        return false;
    void *address;
#define LOAD(name, result, parameters) \
    if (!(address = dlsym(handle, #name))) { \
        raise_exc(vm, EXC_ImportError, LIBRARY_FILE " has no %s", #name); \
        return false; \
    } \
    memcpy(&library->name, &address, sizeof address);
    CRYPTO_FUNCTIONS(LOAD)
    vm->roots[ROOT_CRYPTO] = from_object(library);
    return true;
}

static bool init(VM *vm, Module *module)
{
    (void)module;
    return vm->roots[ROOT_CRYPTO] || load(vm);
}

static const TypeDef *const types[] = {&digest_def, &library_def, NULL};

const ModuleDef _hashlib_module = {
    .name = "_hashlib",
    .doc = "Message digests, under hashlib and hmac.",
    .functions = functions,
    .types = types,
    .init = init,
};
