/* Which variant of the kernels this processor gets, and the functions that go through it. */
#include "kernels.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct variant {
    const char *name;
    const smv_kernels *kernels;
    int (*runs_here)(void);
} variant;

static int runs_anywhere(void) { return 1; }

#if defined(__x86_64__)
static int runs_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
}
#endif

/* The best first; the last runs anywhere. */
static const variant variants[] = {
#if defined(__x86_64__)
    {"avx2", &smv_avx2_kernels, runs_avx2},
#endif
    {"generic", &smv_generic_kernels, runs_anywhere},
};
enum { VARIANT_COUNT = sizeof variants / sizeof *variants };

static const variant *named(const char *name) {
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (strcmp(variants[i].name, name) == 0 && variants[i].runs_here()) return &variants[i];
    }
    return NULL;
}

static const variant *best(void) {
    const char *wanted = getenv("SMOLVLM_KERNELS");
    const variant *found = wanted ? named(wanted) : NULL;
    for (size_t i = 0; !found; i++) {
        if (variants[i].runs_here()) found = &variants[i];
    }
    return found;
}

/* Threads that come here first at once all find the same. */
static const variant *chosen(void) {
    static _Atomic(const variant *) cached;
    const variant *found = atomic_load_explicit(&cached, memory_order_relaxed);
    if (!found) {
        found = best();
        atomic_store_explicit(&cached, found, memory_order_relaxed);
    }
    return found;
}

const smv_kernels *smv_kernels_named(const char *name) {
    const variant *found = named(name);
    return found ? found->kernels : NULL;
}

const char *smv_kernels_name(void) { return chosen()->name; }

void smv_resample_across(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                         const smv_taps *taps, uint8_t *out, size_t out_stride) {
    chosen()->kernels->resample_across(in, in_stride, in_width, rows, taps, out, out_stride);
}

void smv_resample_down(const uint8_t *in, size_t stride, size_t count, const smv_taps *taps,
                       size_t output, uint8_t *out) {
    chosen()->kernels->resample_down(in, stride, count, taps, output, out);
}

void smv_rgb_to_planes(const uint8_t *in, size_t in_stride, size_t rows, size_t columns,
                       const float *tables, float *out) {
    chosen()->kernels->rgb_to_planes(in, in_stride, rows, columns, tables, out);
}
