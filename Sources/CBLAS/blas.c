#include "CBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* cblas_sgemm, with its enumerations as the integers that they are. */
typedef void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                      const float *a, int stride_a, const float *b, int stride_b, float beta,
                      float *c, int stride_c);
enum { ROW_MAJOR = 101, AS_IS = 111, TRANSPOSED = 112 };

#ifdef __APPLE__
static const char library_name[] =
    "/System/Library/Frameworks/Accelerate.framework/Accelerate";
#else
static const char library_name[] = "libopenblas.so.0";
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sgemm product;
/* What the library says of itself; "" where it says nothing. */
static char name[256];

static void add_to_name(void *function) {
    const char *(*told)(void) = NULL;
    if (!function) return;
    memcpy(&told, &function, sizeof told);
    const char *text = told();
    if (!text) return;
    size_t held = strlen(name);
    snprintf(name + held, sizeof name - held, " %s", text);
}

static void open_library(void) {
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    void *found = dlsym(library, "cblas_sgemm");
    if (found) memcpy(&product, &found, sizeof product);
    /* Products run inside chunks of our own threads: more threads would only fight those. */
    void (*set_threads)(int) = NULL;
    found = dlsym(library, "openblas_set_num_threads");
    if (found) {
        memcpy(&set_threads, &found, sizeof set_threads);
        set_threads(1);
    }
    snprintf(name, sizeof name, "%s", product ? library_name : "");
    add_to_name(dlsym(library, "openblas_get_config"));
    add_to_name(dlsym(library, "openblas_get_corename"));
}

static void multiply_plainly(int transposed, int m, int n, int k, const float *a, int stride_a,
                             const float *b, int stride_b, float *c, int stride_c) {
    for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
            const float *x = a + (size_t)row * (size_t)stride_a;
            float sum = 0;
            for (int i = 0; i < k; i++)
                sum += x[i] * (transposed ? b[(size_t)column * (size_t)stride_b + (size_t)i]
                                          : b[(size_t)i * (size_t)stride_b + (size_t)column]);
            c[(size_t)row * (size_t)stride_c + (size_t)column] = sum;
        }
    }
}

void smv_sgemm(int transposed, int m, int n, int k, const float *a, int stride_a, const float *b,
               int stride_b, float *c, int stride_c) {
    pthread_once(&once, open_library);
    if (product)
        product(ROW_MAJOR, AS_IS, transposed ? TRANSPOSED : AS_IS, m, n, k, 1, a, stride_a, b,
                stride_b, 0, c, stride_c);
    else
        multiply_plainly(transposed, m, n, k, a, stride_a, b, stride_b, c, stride_c);
}

const char *smv_blas_name(void) {
    pthread_once(&once, open_library);
    return name;
}
