#define _GNU_SOURCE
#include "CTransfer.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libcurl's numbers, part of its binary interface: its headers need not be there. */
enum {
    opt_write_data = 10001,
    opt_url = 10002,
    opt_error_buffer = 10010,
    opt_low_speed_limit = 19,
    opt_low_speed_time = 20,
    opt_user_agent = 10018,
    opt_headers = 10023,
    opt_no_progress = 43,
    opt_follow = 52,
    opt_progress_data = 10057,
    opt_verify_peer = 64,
    opt_max_redirects = 68,
    opt_verify_host = 81,
    opt_no_signal = 99,
    opt_total_ms = 155,
    opt_connect_ms = 156,
    opt_protocols = 181,
    opt_redirect_protocols = 182,
    opt_write_function = 20011,
    opt_progress_function = 20219,
    opt_max_size = 30117,
    info_address = 0x100001,
    info_type = 0x100012,
    info_status = 0x200002,
    protocols_http_https = 3,
    global_all = 3,
};

typedef void curl;
static struct {
    int (*global_init)(long);
    curl *(*init)(void);
    int (*setopt)(curl *, int, ...);
    int (*perform)(curl *);
    int (*getinfo)(curl *, int, ...);
    void (*cleanup)(curl *);
    const char *(*strerror)(int);
    void *(*list_append)(void *, const char *);
    void (*list_free)(void *);
    int ready;
    char reason[256];
} lib;

static void find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    if (!found) lib.ready = 0;
    memcpy(place, &found, sizeof found);
}

static void open_library(void) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *said = dlerror();
        snprintf(lib.reason, sizeof lib.reason, "%s", said ? said : "it cannot be opened");
        return;
    }
    lib.ready = 1;
    find(library, "curl_global_init", &lib.global_init);
    find(library, "curl_easy_init", &lib.init);
    find(library, "curl_easy_setopt", &lib.setopt);
    find(library, "curl_easy_perform", &lib.perform);
    find(library, "curl_easy_getinfo", &lib.getinfo);
    find(library, "curl_easy_cleanup", &lib.cleanup);
    find(library, "curl_easy_strerror", &lib.strerror);
    find(library, "curl_slist_append", &lib.list_append);
    find(library, "curl_slist_free_all", &lib.list_free);
    if (!lib.ready || lib.global_init(global_all) != 0) {
        lib.ready = 0;
        snprintf(lib.reason, sizeof lib.reason, "it lacks what it should have");
    }
}

/* One transfer under way. */
typedef struct {
    const smv_transfer_request *request;
    smv_transfer_result *result;
    curl *handle;
    int too_large, stopped, write_error;
} job;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    job *job = context;
    size_t total = size * count, done = 0;
    long status = 0;
    lib.getinfo(job->handle, info_status, &status);
    /* The body of a redirect or of an error page is not what was asked for. */
    if (status >= 300) return total;
    if ((int64_t)total > job->request->byte_limit - job->result->byte_count) {
        job->too_large = 1;
        return 0;
    }
    while (done < total) {
        ssize_t written = write(job->request->descriptor, bytes + done, total - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            job->write_error = written < 0 ? errno : ENOSPC;
            return 0;
        }
        done += (size_t)written;
    }
    job->result->byte_count += (int64_t)total;
    return total;
}

static int watch(void *context, int64_t total, int64_t received, int64_t up_total, int64_t up) {
    job *job = context;
    (void)up_total;
    (void)up;
    if (!job->request->progress) return 0;
    int stop = job->request->progress(job->request->context, received, total > 0 ? total : -1);
    if (stop) job->stopped = 1;
    return stop;
}

static smv_transfer_failure meaning(int code, const job *job) {
    if (job->too_large) return SMV_TRANSFER_TOO_LARGE;
    if (job->write_error) return SMV_TRANSFER_NOT_WRITTEN;
    if (job->stopped) return SMV_TRANSFER_STOPPED;
    switch (code) {
    case 0: return job->result->status >= 300 ? SMV_TRANSFER_STATUS : SMV_TRANSFER_DONE;
    case 1: case 3: return SMV_TRANSFER_BAD_ADDRESS;
    case 5: return SMV_TRANSFER_NO_PROXY;
    case 6: return SMV_TRANSFER_NO_HOST;
    case 7: return SMV_TRANSFER_REFUSED;
    case 28: return SMV_TRANSFER_TOO_SLOW;
    case 35: case 51: case 53: case 54: case 58: case 59: case 60: case 64: case 66: case 77:
    case 80: case 82: case 83: case 90: case 91: case 98: return SMV_TRANSFER_TLS;
    case 47: return SMV_TRANSFER_TOO_MANY_TURNS;
    case 63: return SMV_TRANSFER_TOO_LARGE;
    case 18: case 52: case 55: case 56: return SMV_TRANSFER_CUT_OFF;
    default: return SMV_TRANSFER_OTHER;
    }
}

void smv_transfer(const smv_transfer_request *request, smv_transfer_result *result) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    memset(result, 0, sizeof *result);
    pthread_once(&once, open_library);
    curl *handle = lib.ready ? lib.init() : NULL;
    if (!handle) {
        result->failure = SMV_TRANSFER_NO_LIBRARY;
        snprintf(result->reason, sizeof result->reason, "%s", lib.reason);
        return;
    }
    char said[256] = "";
    job job = {request, result, handle, 0, 0, 0};
    void *headers = NULL;
    for (const char *const *header = request->headers; header && *header; header++) {
        void *longer = lib.list_append(headers, *header);
        if (longer) headers = longer;
    }
    lib.setopt(handle, opt_url, request->address);
    lib.setopt(handle, opt_user_agent, request->user_agent);
    lib.setopt(handle, opt_headers, headers);
    lib.setopt(handle, opt_error_buffer, said);
    lib.setopt(handle, opt_no_signal, 1L);
    lib.setopt(handle, opt_follow, 1L);
    lib.setopt(handle, opt_max_redirects, 10L);
    lib.setopt(handle, opt_verify_peer, 1L);
    lib.setopt(handle, opt_verify_host, 2L);
    lib.setopt(handle, opt_connect_ms, request->connect_ms);
    lib.setopt(handle, opt_total_ms, request->total_ms);
    lib.setopt(handle, opt_low_speed_limit, 1L);
    lib.setopt(handle, opt_low_speed_time, request->stall_seconds);
    lib.setopt(handle, opt_max_size, request->byte_limit);
    lib.setopt(handle, opt_write_function, take);
    lib.setopt(handle, opt_write_data, &job);
    lib.setopt(handle, opt_no_progress, 0L);
    lib.setopt(handle, opt_progress_function, watch);
    lib.setopt(handle, opt_progress_data, &job);
    /* Without these two it would speak ftp, file and more. */
    int code = lib.setopt(handle, opt_protocols, (long)protocols_http_https);
    if (!code) code = lib.setopt(handle, opt_redirect_protocols, (long)protocols_http_https);
    if (!code) code = lib.perform(handle);

    const char *text = NULL;
    lib.getinfo(handle, info_status, &result->status);
    if (lib.getinfo(handle, info_type, &text) == 0 && text)
        snprintf(result->type, sizeof result->type, "%s", text);
    if (lib.getinfo(handle, info_address, &text) == 0 && text &&
        strlen(text) < sizeof result->address)
        memcpy(result->address, text, strlen(text) + 1);
    result->failure = meaning(code, &job);
    if (job.write_error)
        snprintf(result->reason, sizeof result->reason, "%s", strerror(job.write_error));
    else if (code)
        snprintf(result->reason, sizeof result->reason, "%s", said[0] ? said : lib.strerror(code));
    lib.cleanup(handle);
    if (headers) lib.list_free(headers);
}
