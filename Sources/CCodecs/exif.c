#include "CCodecs.h"

#include <string.h>

int smv_exif_orientation(const uint8_t *exif, size_t count) {
    while (count >= 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
        exif += 6;
        count -= 6;
    }
    smv_tags tags;
    size_t directory = smv_tags_open(exif, count, &tags);
    return directory ? smv_tags_orientation(&tags, directory) : 1;
}

int smv_xmp_orientation(const uint8_t *xmp, size_t count) {
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    for (size_t i = 0; i + length < count; i++) {
        if (xmp[i] != 't' || memcmp(xmp + i, name, length) != 0) continue;
        /* As an attribute tiff:Orientation="6", or as an element <tiff:Orientation>6<. */
        size_t digit = i + length;
        if (xmp[digit] == '=') digit++;
        if (digit + 1 >= count || (xmp[digit] != '"' && xmp[digit] != '>')) continue;
        digit++;
        return xmp[digit] >= '1' && xmp[digit] <= '8' ? xmp[digit] - '0' : 1;
    }
    return 1;
}
