/* Stands between the tests and the allocation functions of glibc: each call counts one for its thread
 * and goes on to the function itself. */
#define _GNU_SOURCE
#include "CAllocations.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SMV_SANITISED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SMV_SANITISED)

static _Thread_local size_t count;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count++;
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count++;
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count++;
    void *made = __libc_memalign(alignment, size);
    if (!made) return ENOMEM;
    *memory = made;
    return 0;
}

int smv_counts_allocations(void) { return 1; }
size_t smv_thread_allocations(void) { return count; }

#else

int smv_counts_allocations(void) { return 0; }
size_t smv_thread_allocations(void) { return 0; }

#endif
