/* Trials of what a process may do: each does one forbidden thing and says how it went. */
#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int smv_try_socket(int family) {
    int descriptor = socket(family, SOCK_STREAM, 0);
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

int smv_try_process(void) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    return 0;
}

int smv_try_exec(const char *path) {
    char *const arguments[] = {(char *)(uintptr_t)path, NULL};
    char *const environment[] = {NULL};
    execve(path, arguments, environment); /* comes back only when it is refused */
    return errno;
}

int smv_try_open(const char *path, int for_writing) {
    int descriptor =
        for_writing ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

int smv_try_ptrace(pid_t pid) {
#ifdef __linux__
    return ptrace(PTRACE_ATTACH, pid, 0, 0) == 0 ? 0 : errno;
#else
    (void)pid;
    return ENOSYS;
#endif
}

int smv_try_signal(pid_t pid) { return kill(pid, 0) == 0 ? 0 : errno; }
