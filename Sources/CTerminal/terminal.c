#define _DEFAULT_SOURCE

#include "CTerminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static FILE *file_of(int stream) { return stream == 2 ? stderr : stdout; }

void smv_streams_start(void) {
    signal(SIGPIPE, SIG_DFL);
    setvbuf(stderr, NULL, _IOFBF, BUFSIZ);
}

void smv_stream_put(int stream, uint8_t byte) { putc_unlocked(byte, file_of(stream)); }

int smv_stream_flush(int stream) {
    FILE *file = file_of(stream);
    errno = 0;
    if (fflush(file) == 0 && !ferror(file)) return 0;
    return errno != 0 ? errno : EIO;
}

int smv_stream_is_terminal(int stream) { return isatty(stream); }

int smv_stream_has_colour(int stream) {
    const char *refused = getenv("NO_COLOR");
    const char *kind = getenv("TERM");
    if (refused && *refused) return 0;
    return isatty(stream) && kind && *kind && strcmp(kind, "dumb") != 0;
}

int smv_stream_columns(int stream) {
    struct winsize size;
    if (ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *text = getenv("COLUMNS");
    if (!text) return 0;
    char *end;
    long columns = strtol(text, &end, 10);
    return end != text && *end == 0 && columns > 0 && columns < 10000 ? (int)columns : 0;
}
