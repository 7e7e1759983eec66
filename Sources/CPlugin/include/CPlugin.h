/* What the program and its decoder libraries say to each other.
 *
 * FFmpeg and libheif cost 10 to 50 ms of every start, so they live in dynamic libraries of this
 * package (smolvlm-video, smolvlm-heif) that are opened only for a file that needs them. Each
 * exports one function a table (still_plugin.h, video_plugin.h), named there.
 */
#ifndef SMV_CPLUGIN_H
#define SMV_CPLUGIN_H

#include "still_plugin.h"
#include "video_plugin.h"

/* Calls the function `symbol` of the dynamic library `file`, which returns a table of calls.
 * The library is looked for beside the running program, beside the code that asks, then where the
 * system looks. It stays open. On failure returns NULL and writes a sentence to `reason`. */
const void *smv_plugin_table(const char *file, const char *symbol, char *reason,
                             size_t reason_capacity);

#endif
