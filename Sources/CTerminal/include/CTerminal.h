/* The standard streams and the screen behind them.
 *
 * No function takes or returns an address, so Swift calls them without a word of `unsafe`, and the
 * program starts without Foundation. A stream is named by its descriptor: 1 or 2.
 */
#ifndef SMV_CTERMINAL_H
#define SMV_CTERMINAL_H

#include <stdint.h>

#include "interrupts.h"
#include "lines.h"

/* A byte of a word of the command line, the program's name being word 0; 0 at the end of the word,
 * which `place` must not pass, and -1 when there is no such word. */
int smv_argument_byte(int word, int place);

/* To be called once, before anything is written. Gives SIGPIPE its usual meaning back, whatever the
 * parent process chose, so that the program ends without a word when its reader has had enough; and
 * has messages written whole, not byte by byte. */
void smv_streams_start(void);

/* Adds one byte to what the stream will write. */
void smv_stream_put(int stream, uint8_t byte);

/* Writes what has been added. Returns 0, or the errno of the first write that failed. */
int smv_stream_flush(int stream);

int smv_stream_is_terminal(int stream);

/* Whether colour and bold are welcome: a terminal that is not dumb, and no NO_COLOR. */
int smv_stream_has_colour(int stream);

/* Characters in a line: of the terminal, else of COLUMNS; 0 when neither is known. */
int smv_stream_columns(int stream);

/* The day where this computer stands, as the number yyyymmdd; 0 when it is not known. */
long smv_today(void);

#endif
