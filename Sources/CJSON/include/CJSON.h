/* simdjson behind a C interface: parse once, then read its tape in place.
 *
 * The tape is simdjson's own (doc/tape.md there): one 64-bit word an item, kind in the top byte.
 *   'r' root          payload: index of the last word
 *   '{' '['           payload: low 32 bits index after the closing word, next 24 bits the count
 *   '"'               payload: offset into the strings: u32 byte count, bytes, NUL
 *   'l' 'u' 'd'       the next word is the int64, uint64 or double
 *   't' 'f' 'n'       true, false, null
 */
#ifndef SMV_CJSON_H
#define SMV_CJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct smv_json smv_json;

/* Parses `count` bytes of JSON. On failure returns NULL and points `*reason` at a static sentence. */
smv_json *smv_json_parse(const uint8_t *bytes, size_t count, const char **reason);
void smv_json_free(smv_json *document);

/* The tape, `*count` words of it, and the strings; both live as long as the document. */
const uint64_t *smv_json_tape(const smv_json *document, size_t *count);
const uint8_t *smv_json_strings(const smv_json *document);

#ifdef __cplusplus
}
#endif
#endif
