#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE

#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { path_capacity = 4096 };

/* Where the file is, its folders made. Returns 0 or an errno. */
static int find_file(char path[path_capacity]) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (state && state[0] == '/')
        length = snprintf(path, path_capacity, "%s/smolvlm/history", state);
    else if (home && home[0] == '/')
        length = snprintf(path, path_capacity, "%s/.local/state/smolvlm/history", home);
    else
        return ENOENT;
    if (length < 0 || length >= path_capacity - 8) return ENAMETOOLONG;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        const int failed = mkdir(path, 0700) != 0 && errno != EEXIST ? errno : 0;
        *slash = '/';
        struct stat about;
        /* A folder that is there may lie where no folder may be made. */
        if (failed && stat(path, &about) != 0 && errno != ENOENT) return failed;
    }
    return 0;
}

/* Waits for the lock, but not for ever: its holder may have been stopped. */
static int lock(int file) {
    for (int tries = 0; tries < 200; tries++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0) return 0;
        if (errno != EWOULDBLOCK && errno != EINTR) return errno;
        poll(NULL, 0, 10);
    }
    return EWOULDBLOCK;
}

/* Opens the file with its lock. Returns a descriptor, or -errno. */
static int open_locked(const char *path) {
    for (int tries = 0; tries < 100; tries++) {
        const int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600);
        if (file < 0) return -errno;
        struct stat here, there;
        int failure = fstat(file, &here) != 0 ? errno : !S_ISREG(here.st_mode) ? EINVAL : lock(file);
        if (!failure && (here.st_mode & 077) && fchmod(file, 0600) != 0) failure = errno;
        if (failure) {
            close(file);
            return -failure;
        }
        /* While this one waited, another may have put a shorter file in its place. */
        if (stat(path, &there) == 0 && there.st_ino == here.st_ino && there.st_dev == here.st_dev)
            return file;
        close(file);
    }
    return -EAGAIN;
}

static int write_all(int file, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t done = write(file, bytes, count);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done < 0 ? errno : ENOSPC;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

/* The last `most` bytes of the file, from the beginning of a line on. Returns 0 or an errno. */
static int read_end(int file, size_t most, smv_bytes *lines) {
    struct stat about;
    if (fstat(file, &about) != 0) return errno;
    off_t place = about.st_size > (off_t)most ? about.st_size - (off_t)most : 0;
    int is_skipping = place > 0;
    unsigned char piece[4096];
    for (;;) {
        const ssize_t got = pread(file, piece, sizeof piece, place);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        for (ssize_t i = 0; i < got; i++) {
            if (!is_skipping) smv_bytes_add(lines, piece[i]);
            else if (piece[i] == '\n') is_skipping = 0;
        }
        place += got;
    }
}

int smv_history_load(smv_bytes *lines) {
    char path[path_capacity];
    int failure = find_file(path);
    if (failure) return failure;
    const int file = open_locked(path);
    if (file < 0) return -file;
    failure = read_end(file, SMV_HISTORY_BYTES, lines);
    close(file);
    return failure;
}

/* Puts a file in place that has the newest half of the old one and the line. */
static int shorten(int file, char path[path_capacity], const smv_bytes *line) {
    smv_bytes kept = {0};
    char newer[path_capacity];
    snprintf(newer, sizeof newer, "%s.new", path);
    int failure = read_end(file, SMV_HISTORY_BYTES / 2, &kept);
    const int other =
        failure ? -1 : open(newer, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (!failure && other < 0) failure = errno;
    if (!failure) failure = write_all(other, kept.start, kept.count);
    if (!failure) failure = write_all(other, line->start, line->count);
    if (other >= 0 && close(other) != 0 && !failure) failure = errno;
    if (!failure && rename(newer, path) != 0) failure = errno;
    if (failure && other >= 0) unlink(newer);
    free(kept.start);
    return failure;
}

int smv_history_append(const smv_bytes *line) {
    char path[path_capacity];
    /* What is this long was hardly typed. */
    if (line->count == 0 || line->count > SMV_HISTORY_BYTES / 16) return 0;
    int failure = find_file(path);
    if (failure) return failure;
    const int file = open_locked(path);
    if (file < 0) return -file;
    smv_bytes whole = {0};
    for (size_t i = 0; i < line->count; i++)
        smv_bytes_add(&whole, line->start[i] == '\n' || !line->start[i] ? ' ' : line->start[i]);
    smv_bytes_add(&whole, '\n');
    struct stat about;
    if (fstat(file, &about) != 0) failure = errno;
    else if (about.st_size + (off_t)whole.count > SMV_HISTORY_BYTES)
        failure = shorten(file, path, &whole);
    else failure = write_all(file, whole.start, whole.count);
    free(whole.start);
    close(file);
    return failure;
}
