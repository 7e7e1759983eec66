/* SHA-256 (FIPS 180-4): 32 bytes that nobody can make two inputs share. In the instructions of the
 * processor where it has them. */
#ifndef SMV_CDIGEST_H
#define SMV_CDIGEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A digest that is being made: what was added so far. */
typedef struct {
    uint32_t state[8];
    uint64_t byte_count;
    /* The bytes that do not fill a block of 64 yet. */
    uint8_t rest[64];
    /* Whether only plain C is to be used. */
    int is_plain;
} smv_digest;

/* Begins with nothing added; `is_plain` leaves the processor's instructions for it out. */
void smv_digest_begin(smv_digest *digest, int is_plain);

/* Adds bytes; in pieces or at once, the digest is the same. */
void smv_digest_add(smv_digest *digest, const uint8_t *bytes, size_t count);

/* Ends the digest: 32 bytes. It must be begun again before anything is added to it. */
void smv_digest_end(smv_digest *digest, uint8_t *out);

/* Whether this processor has instructions for it. */
int smv_digest_is_fast(void);

#ifdef __cplusplus
}
#endif
#endif
