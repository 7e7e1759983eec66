/* The lines that were typed, kept in a file from run to run. Several processes may use it at once. */
#ifndef SMV_HISTORY_H
#define SMV_HISTORY_H

#include "bytes.h"

/* What the file may hold; of more, the newest half is kept. */
enum { SMV_HISTORY_BYTES = 256 << 10 };

/* Reads the newest lines, each ended by a line feed. Returns 0 or an errno. */
int smv_history_load(smv_bytes *lines);

/* Adds a line. Returns 0 or an errno. */
int smv_history_append(const smv_bytes *line);

#endif
