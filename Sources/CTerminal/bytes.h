/* Bytes that grow, for lines on their way in and out. */
#ifndef SMV_BYTES_H
#define SMV_BYTES_H

#include <stddef.h>
#include <wchar.h>

typedef struct smv_bytes {
    unsigned char *start;
    size_t count, capacity;
} smv_bytes;

/* Adds a byte; without memory it is left out. */
void smv_bytes_add(smv_bytes *bytes, unsigned char byte);

/* Adds characters as UTF-8. */
void smv_bytes_add_text(smv_bytes *bytes, const wchar_t *text, size_t count);

/* The character that the bytes begin with, and how many of them it has: U+FFFD for a byte that
 * begins none. At least one byte must be there. */
wchar_t smv_character(const unsigned char *bytes, size_t count, size_t *length);

/* How many bytes a character that begins with this one has; 1 when it cannot begin one. */
size_t smv_character_length(unsigned char first);

/* The characters of bytes, ended by 0, to be given to `free`; NULL without memory. */
wchar_t *smv_text(const smv_bytes *bytes);

#endif
