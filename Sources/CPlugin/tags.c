#include "CPlugin.h"

/* What is read: II or MM, 42, the offset of a directory; there a count of 12-byte entries (tag,
 * type, count, value or offset of the values) and the offset of the next directory. */

enum { ENTRY_BYTES = 12, MAX_ENTRIES = 4096, TAG_ORIENTATION = 274 };

static uint32_t read16(const smv_tags *tags, size_t at) {
    const uint8_t *b = tags->bytes + at;
    return tags->big_endian ? (uint32_t)b[0] << 8 | b[1] : (uint32_t)b[1] << 8 | b[0];
}

static uint32_t read32(const smv_tags *tags, size_t at) {
    return tags->big_endian ? read16(tags, at) << 16 | read16(tags, at + 2)
                            : read16(tags, at + 2) << 16 | read16(tags, at);
}

static int holds(const smv_tags *tags, size_t at, size_t length) {
    return at <= tags->count && length <= tags->count - at;
}

/* How many entries the directory has, of those that lie inside the bytes. */
static size_t entry_count(const smv_tags *tags, size_t directory) {
    if (directory < 8 || !holds(tags, directory, 2)) return 0;
    size_t said = read16(tags, directory);
    size_t room = (tags->count - directory - 2) / ENTRY_BYTES;
    if (said > room) said = room;
    return said < MAX_ENTRIES ? said : MAX_ENTRIES;
}

size_t smv_tags_open(const uint8_t *bytes, size_t count, smv_tags *tags) {
    if (count < 8) return 0;
    int little = bytes[0] == 'I' && bytes[1] == 'I';
    int big = bytes[0] == 'M' && bytes[1] == 'M';
    *tags = (smv_tags){.bytes = bytes, .count = count, .big_endian = big};
    if (!(little || big) || read16(tags, 2) != 42) return 0;
    size_t first = read32(tags, 4);
    return first >= 8 && holds(tags, first, 2) ? first : 0;
}

size_t smv_tags_next(const smv_tags *tags, size_t directory) {
    if (directory < 8 || !holds(tags, directory, 2)) return SIZE_MAX;
    size_t link = directory + 2 + (size_t)read16(tags, directory) * ENTRY_BYTES;
    if (!holds(tags, link, 4)) return SIZE_MAX;
    size_t next = read32(tags, link);
    return next == 0 || (next >= 8 && holds(tags, next, 2)) ? next : SIZE_MAX;
}

/* Finds the numbers of a tag. Returns how many there are. */
static size_t find(const smv_tags *tags, size_t directory, unsigned tag, size_t *at,
                   size_t *width) {
    size_t entries = entry_count(tags, directory);
    for (size_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + i * ENTRY_BYTES;
        if (read16(tags, entry) != tag) continue;
        uint32_t type = read16(tags, entry + 2), count = read32(tags, entry + 4);
        switch (type) {
        case 1: case 6: case 7: *width = 1; break;
        case 3: case 8: *width = 2; break;
        case 4: case 9: *width = 4; break;
        default: return 0;
        }
        size_t length = (size_t)count * *width;
        *at = length <= 4 ? entry + 8 : read32(tags, entry + 8);
        return holds(tags, *at, length) ? count : 0;
    }
    return 0;
}

size_t smv_tags_count(const smv_tags *tags, size_t directory, unsigned tag) {
    size_t at, width;
    return find(tags, directory, tag, &at, &width);
}

uint32_t smv_tags_number(const smv_tags *tags, size_t directory, unsigned tag, size_t index,
                         uint32_t otherwise) {
    size_t at, width;
    if (index >= find(tags, directory, tag, &at, &width)) return otherwise;
    at += index * width;
    return width == 1 ? tags->bytes[at] : width == 2 ? read16(tags, at) : read32(tags, at);
}

int smv_tags_orientation(const smv_tags *tags, size_t directory) {
    uint32_t value = smv_tags_number(tags, directory, TAG_ORIENTATION, 0, 1);
    return value >= 1 && value <= 8 ? (int)value : 1;
}
