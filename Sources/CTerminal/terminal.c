#define _DEFAULT_SOURCE

#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static int word_count;
static char **words;

/* Both glibc and Darwin call constructors with the arguments of `main`. */
__attribute__((constructor)) static void note_words(int count, char **given) {
    word_count = count;
    words = given;
}

int smv_argument_byte(int word, int place) {
    if (word < 0 || word >= word_count || place < 0) return -1;
    return (unsigned char)words[word][place];
}

static FILE *file_of(int stream) { return stream == 2 ? stderr : stdout; }

/* A standard stream that is closed gets a place that can be neither read nor written as the stream
 * would be: else the next thing that is opened takes its number, and its answers. */
static void keep_standard_numbers(void) {
    for (int stream = 0; stream < 3; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY) < 0)
            return;
}

void smv_streams_start(void) {
    keep_standard_numbers();
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

long smv_today(void) {
    time_t now = time(NULL);
    struct tm day;
    if (now == (time_t)-1 || !localtime_r(&now, &day)) return 0;
    return (day.tm_year + 1900L) * 10000 + (day.tm_mon + 1L) * 100 + day.tm_mday;
}
