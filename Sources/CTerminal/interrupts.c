#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE

#include "interrupts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t noted, resized, resumed, waits_too, progress_stands;

/* A signal may reach any thread of the process, and between a look at the flags and the wait. What
 * wakes the wait in any case is a byte in a pipe. */
static int pipe_ends[2] = {-1, -1};

static void wake(void) {
    const int before = errno;
    /* A full pipe wakes as well. */
    if (write(pipe_ends[1], "", 1) < 0) errno = before;
    errno = before;
}

static void on_stop(int number) {
    if (noted && !waits_too) {
        static const char wipe[] = "\r\x1b[K";
        if (progress_stands && write(2, wipe, sizeof wipe - 1) < 0) progress_stands = 0;
        signal(number, SIG_DFL);
        raise(number); /* comes as soon as this handler is left */
        return;
    }
    noted = number;
    wake();
}

static void on_change(int number) {
    if (number == SIGCONT) resumed = 1;
    else resized = 1;
    wake();
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_IGN) return;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART; /* what is being written is written whole */
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void smv_interrupts_watch(void) {
    if (pipe_ends[0] >= 0 || pipe(pipe_ends) != 0) return;
    for (int i = 0; i < 2; i++) {
        fcntl(pipe_ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(pipe_ends[i], F_SETFL, O_NONBLOCK);
    }
    handle(SIGINT, on_stop);
    handle(SIGTERM, on_stop);
    handle(SIGWINCH, on_change);
    handle(SIGCONT, on_change);
}

int smv_interrupt(void) { return noted; }

void smv_interrupt_forget(void) { noted = 0; }

void smv_interrupts_wait(int waits) { waits_too = waits; }

void smv_progress_stands(int stands) { progress_stands = stands; }

int smv_input_wait(void) {
    for (;;) {
        if (noted) return SMV_INPUT_INTERRUPTED;
        if (resumed) {
            resumed = 0;
            return SMV_INPUT_RESUMED;
        }
        if (resized) {
            resized = 0;
            return SMV_INPUT_RESIZED;
        }
        struct pollfd wanted[2] = {{0, POLLIN, 0}, {pipe_ends[0], POLLIN, 0}};
        const int ready = poll(wanted, 2, -1);
        if (ready < 0 && errno != EINTR && errno != EAGAIN) return SMV_INPUT_READY;
        char bytes[64];
        while (ready > 0 && wanted[1].revents && read(pipe_ends[0], bytes, sizeof bytes) > 0) {}
        if (ready > 0 && wanted[0].revents && !noted) return SMV_INPUT_READY;
    }
}
