/* The one BLAS product that smolvlm needs. The library (OpenBLAS, on a Mac Accelerate) is opened at
 * the first product: opening it takes milliseconds and starts a thread, and most commands, and every
 * decoder process, multiply nothing. */
#ifndef SMV_CBLAS_H
#define SMV_CBLAS_H

#ifdef __cplusplus
extern "C" {
#endif

/* c[m][n] = a[m][k] b, where b is [n][k] if `transposed`, else [k][n]. Rows of a, b and c lie
 * `stride_a`, `stride_b`, `stride_c` floats apart. Runs in the calling thread alone. Without a BLAS
 * library plain loops do the same, slowly. */
void smv_sgemm(int transposed, int m, int n, int k, const float *a, int stride_a, const float *b,
               int stride_b, float *c, int stride_c);

/* Which library multiplies, and which of its ways for this processor: where this is the same, so are
 * its products. Opens the library. */
const char *smv_blas_name(void);

#ifdef __cplusplus
}
#endif
#endif
