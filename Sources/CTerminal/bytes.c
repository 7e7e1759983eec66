#include "bytes.h"

#include <stdlib.h>

void smv_bytes_add(smv_bytes *bytes, unsigned char byte) {
    if (bytes->count == bytes->capacity) {
        const size_t larger = bytes->capacity ? bytes->capacity * 2 : 256;
        unsigned char *moved = realloc(bytes->start, larger);
        if (!moved) return;
        bytes->start = moved;
        bytes->capacity = larger;
    }
    bytes->start[bytes->count++] = byte;
}

void smv_bytes_add_text(smv_bytes *bytes, const wchar_t *text, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned long c = (unsigned long)text[i];
        if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
        if (c < 0x80) {
            smv_bytes_add(bytes, (unsigned char)c);
            continue;
        }
        const int further = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        const unsigned lead = further == 1 ? 0xC0 : further == 2 ? 0xE0 : 0xF0;
        smv_bytes_add(bytes, (unsigned char)(lead | c >> (6 * further)));
        for (int rest = further - 1; rest >= 0; rest--)
            smv_bytes_add(bytes, (unsigned char)(0x80 | (c >> (6 * rest) & 0x3F)));
    }
}

size_t smv_character_length(unsigned char first) {
    if (first >= 0xC2 && first < 0xE0) return 2;
    if (first >= 0xE0 && first < 0xF0) return 3;
    if (first >= 0xF0 && first < 0xF5) return 4;
    return 1;
}

wchar_t smv_character(const unsigned char *bytes, size_t count, size_t *length) {
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t wanted = smv_character_length(bytes[0]);
    *length = 1;
    if (wanted == 1) return bytes[0] < 0x80 ? (wchar_t)bytes[0] : (wchar_t)0xFFFD;
    if (count < wanted) return (wchar_t)0xFFFD;
    unsigned long c = bytes[0] & (0x7Fu >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return (wchar_t)0xFFFD;
        c = c << 6 | (bytes[i] & 0x3F);
    }
    if (c < least[wanted] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return (wchar_t)0xFFFD;
    *length = wanted;
    return (wchar_t)c;
}

wchar_t *smv_text(const smv_bytes *bytes) {
    wchar_t *text = calloc(bytes->count + 1, sizeof *text);
    size_t characters = 0;
    for (size_t place = 0, length; text && place < bytes->count; place += length)
        text[characters++] =
            smv_character(bytes->start + place, bytes->count - place, &length);
    return text;
}
