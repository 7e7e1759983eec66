/* Starting and ending child processes, and what parent and child hand each other. */
#define _GNU_SOURCE
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

enum { descriptor_capacity = 16 };

static int close_on_exec(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
}

/* Everything from `first` on goes when the program starts. */
static void close_others_on_exec(int first) {
#ifdef __linux__
    if (syscall(436 /* close_range */, (unsigned)first, ~0u, 4u /* on exec */) == 0) return;
#endif
    struct rlimit limit;
    int end = 1 << 16;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end)
        end = (int)limit.rlim_cur;
    for (int descriptor = first; descriptor < end; descriptor++) close_on_exec(descriptor);
}

/* In the child, on memory that is the parent's: kernel calls only, nothing returns. */
__attribute__((noinline, noreturn)) static void become(const smv_spawn_request *request, const int *sources, const smv_layers *layers,
                   pid_t parent, int report) {
    /* Handlers must not run in the parent's memory, and what the parent ignores the program does
     * not. */
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigemptyset(&standard.sa_mask);
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    int failure = 0;
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) failure = errno;
    if (getppid() != parent) _exit(127);
#else
    (void)parent;
#endif
    if (request->own_group && setpgid(0, 0) != 0) failure = errno;
    for (size_t i = 0; i < request->descriptor_count; i++)
        if (dup2(sources[i], (int)i) < 0) failure = errno;
    close_others_on_exec((int)request->descriptor_count);
    if (layers) smv_layers_apply(layers);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (!failure) {
        execve(request->program, (char *const *)(uintptr_t)request->arguments,
               (char *const *)(uintptr_t)request->environment);
        failure = errno;
    }
    ssize_t written = write(report, &failure, sizeof failure);
    _exit(written < 0 ? 126 : 127);
}

#ifdef __linux__
#define start_child vfork /* the parent may have gigabytes mapped: nothing of it is copied */
#else
#define start_child fork
#endif

int smv_spawn(const smv_spawn_request *request, pid_t *pid) {
    const int count = (int)request->descriptor_count;
    int sources[descriptor_capacity], report[2], failure = 0;
    if (count < 3 || count > descriptor_capacity) return EINVAL;
    if ((failure = smv_pipe(report)) != 0) return failure;

    /* Out of the way of the numbers they will get. */
    int moved = 0;
    while (moved < count) {
        sources[moved] = fcntl(request->descriptors[moved], F_DUPFD_CLOEXEC, count);
        if (sources[moved] < 0) {
            failure = errno;
            break;
        }
        moved++;
    }
    int sink = fcntl(report[1], F_DUPFD_CLOEXEC, count);
    if (sink < 0 && !failure) failure = errno;
    close(report[1]);

    pid_t child = -1;
    if (!failure) {
        smv_layers layers;
        if (request->rules) smv_layers_prepare(&layers, request->rules, 1);
        const pid_t self = getpid();
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        child = start_child();
        if (child == 0) become(request, sources, request->rules ? &layers : NULL, self, sink);
        if (child < 0) failure = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (request->rules) smv_layers_release(&layers);
    }
    for (int i = 0; i < moved; i++) close(sources[i]);
    if (sink >= 0) close(sink);
    if (child > 0) {
        int said = 0;
        ssize_t got;
        do got = read(report[0], &said, sizeof said);
        while (got < 0 && errno == EINTR);
        if (got == (ssize_t)sizeof said) {
            failure = said ? said : EIO;
            smv_reap(child, -1, &(int){0}, &(int){0});
        }
    }
    close(report[0]);
    if (!failure) *pid = child;
    return failure;
}

static int reap_now(pid_t pid, int flags, int *exit_code, int *signal_number) {
    int status = 0;
    pid_t got;
    do got = waitpid(pid, &status, flags);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -1;
    if (got == 0) return 0;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 1;
}

int smv_reap(pid_t pid, int timeout_ms, int *exit_code, int *signal_number) {
    *exit_code = -1;
    *signal_number = 0;
    if (timeout_ms < 0) return reap_now(pid, 0, exit_code, signal_number);
    int done = reap_now(pid, WNOHANG, exit_code, signal_number);
    if (done != 0 || timeout_ms == 0) return done;
#ifdef __linux__
    int handle = (int)syscall(434 /* pidfd_open */, pid, 0u);
    if (handle >= 0) {
        struct pollfd ended = {handle, POLLIN, 0};
        int ready;
        do ready = poll(&ended, 1, timeout_ms);
        while (ready < 0 && errno == EINTR);
        close(handle);
        return reap_now(pid, WNOHANG, exit_code, signal_number);
    }
#endif
    for (int waited = 0; waited < timeout_ms && done == 0; waited++) {
        struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL);
        done = reap_now(pid, WNOHANG, exit_code, signal_number);
    }
    return done;
}

int smv_pipe(int ends[2]) {
#ifdef __linux__
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
#else
    if (pipe(ends) != 0) return errno;
    close_on_exec(ends[0]);
    close_on_exec(ends[1]);
    return 0;
#endif
}

int smv_channel(int ends[2]) {
#ifdef __linux__
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
#else
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return errno;
    for (int i = 0; i < 2; i++) {
        close_on_exec(ends[i]);
        setsockopt(ends[i], SOL_SOCKET, SO_NOSIGPIPE, &(int){1}, sizeof(int));
    }
    return 0;
#endif
}

void smv_pipe_widen(int end) {
#ifdef F_SETPIPE_SZ
    (void)fcntl(end, F_SETPIPE_SZ, 1 << 20);
#else
    (void)end;
#endif
}

#ifdef MSG_NOSIGNAL
enum { quietly = MSG_NOSIGNAL };
#else
enum { quietly = 0 };
#endif

ssize_t smv_send(int channel, const void *bytes, size_t count, int descriptor) {
    struct iovec piece = {(void *)(uintptr_t)bytes, count};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *first = CMSG_FIRSTHDR(&message);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(first), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(channel, &message, quietly | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t smv_receive(int channel, void *bytes, size_t capacity, int *descriptor) {
    struct iovec piece = {bytes, capacity};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    *descriptor = -1;
    int flags = MSG_DONTWAIT;
#ifdef MSG_CMSG_CLOEXEC
    flags |= MSG_CMSG_CLOEXEC;
#endif
    ssize_t got;
    do got = recvmsg(channel, &message, flags);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    /* A sender may put in more than was asked for; what does not fit the kernel closes again. */
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
        size_t held = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < held; i++) {
            int one;
            memcpy(&one, CMSG_DATA(item) + i * sizeof(int), sizeof one);
            if (*descriptor < 0) *descriptor = one;
            else close(one);
        }
    }
    return got;
}

#ifdef __linux__

int smv_memory(size_t byte_count) {
    int descriptor = memfd_create("smolvlm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -errno;
    if (ftruncate(descriptor, (off_t)byte_count) != 0 ||
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int smv_memory_freeze(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0 ? 0 : errno;
}

#else

int smv_memory(size_t byte_count) {
    int descriptor = smv_spool("/tmp");
    if (descriptor >= 0 && ftruncate(descriptor, (off_t)byte_count) != 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int smv_memory_freeze(int descriptor) {
    (void)descriptor;
    return 0;
}

#endif

int smv_spool(const char *folder) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/smolvlm-XXXXXX", folder);
    int descriptor = -1;
    if (length > 0 && (size_t)length < sizeof path) {
#ifdef __linux__
        descriptor = mkostemp(path, O_CLOEXEC);
#else
        descriptor = mkstemp(path);
        if (descriptor >= 0) close_on_exec(descriptor);
#endif
        if (descriptor >= 0) unlink(path);
    }
#ifdef __linux__
    if (descriptor < 0) descriptor = memfd_create("smolvlm", MFD_CLOEXEC);
#endif
    return descriptor < 0 ? -errno : descriptor;
}

int smv_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int)count;
}
