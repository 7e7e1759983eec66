/* Rows of floats as rows of any type that can be written: the reverse of reading them.
 *
 * Plain C for every processor, without fused products, so that a file is the same whatever machine
 * it was made on.
 */
#ifndef SMV_ENCODE_KERNELS_H
#define SMV_ENCODE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether rows of this type can be written: F32, F16, BF16, Q4_0 to Q8_0, Q4_K, Q5_K, Q6_K. */
bool smv_can_encode(int type);

/* Writes `count` finite floats, whole blocks of them, as a row of a type that can be written, at
 * any address. Q4_0 to Q8_0 are bit for bit those of llama.cpp's reference; the K types are
 * searched for by least squares. */
void smv_encode(int type, const float *restrict x, size_t count, void *restrict row);

#endif
